"""The only reader and writer of run folders, sweep files and locks."""
