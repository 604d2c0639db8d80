"""The nets that are compiled, a model a file."""
