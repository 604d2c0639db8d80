"""The share of runs that were solved, and how well it is known."""

from __future__ import annotations

from math import nan, sqrt
from statistics import NormalDist

#: Two-sided confidence level of all intervals.
LEVEL = 0.95


def wilson(k: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a probability, without continuity correction.

    Parameters
    ----------
    k : int
        Runs that were solved,
    n : int
        of this many.
    level : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        Within [0, 1]; NaN for no runs.

    Raises
    ------
    ValueError
        Unless 0 <= k <= n.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22:209-212 (1927).
    """
    if not 0 <= k <= n:
        raise ValueError(f"k={k}, n={n}: must be 0 <= k <= n")
    if n == 0:
        return nan, nan
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, extra = k / n, z * z / n
    centre = (share + extra / 2) / (1 + extra)
    half = sqrt(share * (1 - share) * extra + extra * extra / 4) / (1 + extra)
    # Both ends are exact where every run agrees; rounding would put them just beside 0 and 1.
    return (centre - half if k > 0 else 0.0), (centre + half if k < n else 1.0)


def solved_bounds(k: int, n: int, n_missing: int) -> tuple[float, float]:
    """Bound the share of solved runs, had those without an outcome ended: none of them solved, or all.

    Parameters
    ----------
    k : int
        Runs that were solved,
    n : int
        of this many with an outcome.
    n_missing : int
        Runs without one: failed, lost or unfinished.

    Returns
    -------
    low, high : float
        ``k / (n + n_missing)`` and ``(k + n_missing) / (n + n_missing)``; NaN for no runs.

    Raises
    ------
    ValueError
        Unless 0 <= k <= n and n_missing >= 0.
    """
    if not (0 <= k <= n and n_missing >= 0):
        raise ValueError(f"k={k}, n={n}, n_missing={n_missing}: must be 0 <= k <= n and n_missing >= 0")
    total = n + n_missing
    return (k / total, (k + n_missing) / total) if total else (nan, nan)
