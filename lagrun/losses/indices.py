"""Where the outputs of each step begin in a flat array."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=64)
def first_outputs(shape: tuple[int, int, int]) -> np.ndarray:
    """Index of the first output of every step in the flat form of an array of shape (S, O, K); shape (S, O)."""
    n_seeds, n_steps, n_outputs = shape
    first = np.arange(0, n_seeds * n_steps * n_outputs, n_outputs).reshape(n_seeds, n_steps)
    first.flags.writeable = False
    return first
