"""Which models exist that the platform does not measure yet."""
