"""Weight updates, one rule a file."""
