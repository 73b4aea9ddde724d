"""The platform's collections: results, failures, models and what is published about them."""
