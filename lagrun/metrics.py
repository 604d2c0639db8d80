"""Statistics of "solved within a budget", on plain arrays. Definitions in the docstrings below.

``sequences`` is the number of training sequences to the solution, and infinity for a run that was not solved.
"""

from __future__ import annotations

import numpy as np


def censored_median(sequences: np.ndarray) -> float:
    """Median over all runs, solved or not.

    Parameters
    ----------
    sequences : np.ndarray, shape (N,)
        Sequences to solve; infinity where unsolved.

    Returns
    -------
    float
        Infinity where fewer than half of the runs (or just half of an even number) are solved, NaN for no runs.
    """
    return float(np.median(sequences)) if len(sequences) else float("nan")


def solved_only(sequences: np.ndarray) -> np.ndarray:
    """The finite ones; their mean is what the published tables print, and it is biased low."""
    return sequences[np.isfinite(sequences)]
