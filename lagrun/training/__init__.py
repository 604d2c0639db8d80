"""One training: the loop, blocks of seeds side by side, streams of random numbers, held-out tests, memory."""
