"""How the bot itself is doing: health, metrics and status."""
