"""MongoDB: one module per collection family, and the aggregations."""
