"""How far the runs of a folder are, read from its files alone, on another terminal or another machine."""
