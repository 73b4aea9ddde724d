"""Carrying out what was approved, exactly once, and taking it back."""
