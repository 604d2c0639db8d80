"""Ways to carry out a model's arithmetic, one a file."""
