"""A benchmark platform of 523 models with thirty days of results, made from a seed."""
