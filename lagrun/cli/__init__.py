"""The command line: the only room that knows how Hydra takes it."""
