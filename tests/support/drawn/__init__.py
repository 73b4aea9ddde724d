"""What the tests share: small worlds, builders of values, and one way to wire a core."""
