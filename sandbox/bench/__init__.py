"""What is measured, and the page that tells it."""
