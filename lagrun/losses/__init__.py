"""The error of one step, one definition a file."""
