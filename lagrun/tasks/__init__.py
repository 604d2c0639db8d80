"""Where sequences come from, one task a file."""
