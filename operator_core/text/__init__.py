"""What providers write: read as failures, and made safe to show. Pure."""
