"""Runs of a cell for the tests of statistics."""

import math

import numpy as np
from hypothesis import strategies as st

INF = math.inf

#: Runs of a cell: sequences to the solution, or None where there is none within 1,000.
RUNS = st.lists(st.one_of(st.none(), st.integers(1, 1000)), min_size=1, max_size=40)


def arrays(runs: list[int | None]) -> tuple[np.ndarray, np.ndarray]:
    """Sequences to the solution, and those spent."""
    return np.array([INF if t is None else t for t in runs]), np.array([1000 if t is None else t for t in runs])
