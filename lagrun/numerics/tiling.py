"""Pieces of large arrays that fit a core's cache, for chains of elementwise operations.

The whole chain runs on one piece before the next, so memory is read once, not once per operation. The result has the
same bits however an array is cut: operations are elementwise, or reduce over the last axis, which is never cut.
"""

from __future__ import annotations

from functools import lru_cache

#: Numbers of one piece: large enough to hide the cost of a numpy call, small enough for the caches.
TILE = 131_072

Tile = tuple[slice, slice]


@lru_cache(maxsize=64)
def tiles(n_seeds: int, n_steps: int, n_columns: int) -> tuple[Tile, ...]:
    """Cut the first two axes of an array of shape (S, O, K).

    Returns
    -------
    tuple of (slice, slice)
        Whole seeds if one fits a piece, else steps of one seed; at least one row of K numbers. No piece is larger than
        the first.
    """
    seeds, steps = max(1, TILE // (n_steps * n_columns)), max(1, TILE // n_columns)
    if steps >= n_steps:
        return tuple((slice(s, s + seeds), slice(0, n_steps)) for s in range(0, n_seeds, seeds))
    return tuple((slice(s, s + 1), slice(t, t + steps)) for s in range(n_seeds) for t in range(0, n_steps, steps))
