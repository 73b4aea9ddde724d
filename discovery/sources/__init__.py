"""OpenRouter's catalogue and the providers' published ids: fetched, read, kept as witnesses."""
