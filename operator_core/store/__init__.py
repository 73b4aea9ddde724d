"""MongoDB: what the platform owns, and what we own."""
