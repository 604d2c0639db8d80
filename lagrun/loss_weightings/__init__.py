"""How much each step's error counts, one rule a file."""
