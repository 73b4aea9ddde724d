"""What providers write when a model fails, and what of it speaks of a model that is gone."""
