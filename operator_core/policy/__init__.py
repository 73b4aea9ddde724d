"""What may happen by itself, what is asked and what is left; and what that does to proposals. Pure."""
