"""How far a folder is, from its files alone, for another terminal or another machine."""
