"""How the bot itself is doing: health, metrics, status, and what to fix."""
