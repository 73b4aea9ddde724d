"""Days at a platform: what becomes of it, what people do, and what they read."""
