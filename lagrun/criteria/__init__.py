"""When a run counts as solved, one definition a file."""
