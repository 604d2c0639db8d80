"""The command line: the only package that knows how Hydra reads it."""
