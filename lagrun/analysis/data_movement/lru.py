"""The depth at which each read finds its value in a stack with the most recently used on top, and what that costs.

The definition is that of ByteDMD's authors, as their program computes it since `DEFINITION`; ``docs/costs.md`` has it.
An instruction reads one or two values, whose depths count before either is moved; then they move to the top in the
order read. A value that is new lies on top from then on. A value leaves the stack when it is touched for the last time,
unless the program returns it.

All is computed at once, in O(n log n), as counts of inversions. A read at time t of a value that was last touched at
time s finds it at depth ``(lasting touches from s to t) - (earlier reads of values last touched after s)``: a touch
lasts if its value stays in the stack. Of the touches from s on, exactly the subtracted ones are followed by another of
the same value before t.
"""

from __future__ import annotations

import numpy as np

#: Date of the definition of ByteDMD.
DEFINITION = "2026-04-13"


def stack_depths(events: np.ndarray, returned: np.ndarray) -> np.ndarray:
    """Find the depth of the value of every read.

    Parameters
    ----------
    events : np.ndarray of int, shape (n,)
        What was touched, in order: a value's number, from 1, the first time to write it, afterwards to read it. The
        number is negative for the second value that an instruction reads; the first one stands before it.
    returned : np.ndarray of int, shape (m,)
        Numbers of the values that are in the stack at the end.

    Returns
    -------
    np.ndarray of int, shape (number of reads,)
        In the order of the reads; 1 is the top.
    """
    values = np.abs(events)
    previous = _previous_touch(values)
    reads = np.flatnonzero(previous >= 0)
    touched = previous[reads]
    lasts = np.zeros(len(events), bool)
    lasts[touched] = True
    lasts[_last_touch(values)[returned]] = True
    n_lasting = np.cumsum(lasts, dtype=np.int32) - lasts  # before each touch
    depths = n_lasting[reads] - n_lasting[touched] - _earlier_and_larger(_ranks(touched, len(events)))

    # So far the first value of an instruction has moved, or gone, before the second was looked for.
    second = np.flatnonzero(events[reads] < 0)
    same = values[reads[second]] == values[reads[second - 1]]
    undone = depths[second] - lasts[reads[second - 1]] + (touched[second - 1] > touched[second])
    depths[second] = np.where(same, depths[second - 1], undone)
    return depths


def byte_distance(depths: np.ndarray, word: int) -> int:
    """Add up what reads cost: each byte of a word the square root, rounded up, of its own depth in bytes.

    Parameters
    ----------
    depths : np.ndarray of int
        Of words, each of which has `word` bytes: a word at depth d has its bytes at depths ``word * (d - 1) + 1`` to
        ``word * d``.
    word : int
        Bytes.
    """
    if not len(depths):
        return 0
    n_reads = np.bincount(depths)
    deepest = np.flatnonzero(n_reads)
    costs = sum(np.ceil(np.sqrt(word * deepest - byte)).astype(np.int64) for byte in range(word))
    return int((n_reads[deepest] * costs).sum())


def _previous_touch(values: np.ndarray) -> np.ndarray:
    """Time of the touch before of the same value, -1 if there is none, of every touch."""
    order = values.argsort(kind="stable")
    again = np.flatnonzero(values[order[1:]] == values[order[:-1]])
    previous = np.full(len(values), -1, np.int32 if len(values) < 2**31 else np.int64)
    previous[order[again + 1]] = order[again]
    return previous


def _last_touch(values: np.ndarray) -> np.ndarray:
    """Time of the last touch of every value."""
    last = np.zeros(values.max(initial=0) + 1, np.int32)
    last[values] = np.arange(len(values), dtype=np.int32)
    return last


def _ranks(times: np.ndarray, end: int) -> np.ndarray:
    """Ranks, from 0, of times below `end`, of which no two are equal."""
    occurs = np.zeros(end, np.int32)
    occurs[times] = 1
    return (occurs.cumsum(dtype=np.int32) - 1)[times]


def _earlier_and_larger(ranks: np.ndarray) -> np.ndarray:
    """Count the earlier and larger elements of every element of a permutation of 0, ..., n - 1.

    The permutation is sorted bit by bit, the highest first, by stable splits of ever smaller groups. Where one of two
    is earlier and larger, they are in one group up to the first bit that differs, which tells them apart.
    """
    n_bits = max(1, int(len(ranks) - 1).bit_length()) if len(ranks) else 0
    padded = np.arange(1 << n_bits, dtype=ranks.dtype)  # what is added is later and larger than all
    padded[: len(ranks)] = ranks
    counts = np.zeros_like(padded)
    for bit in reversed(range(n_bits)):
        half = 1 << bit  # zeros, and ones, of a group
        is_one = (padded & half) != 0
        is_zero = ~is_one
        # A zero that is at place i of its group and number k of its zeros has i - k ones before it.
        ones_before = np.flatnonzero(is_zero).astype(ranks.dtype).reshape(-1, half)
        ones_before &= 2 * half - 1
        ones_before -= np.arange(half, dtype=ranks.dtype)
        ones_before += counts[is_zero].reshape(-1, half)
        counts = np.stack([ones_before, counts[is_one].reshape(-1, half)], axis=1).reshape(-1)
        padded = np.stack([part.reshape(-1, half) for part in (padded[is_zero], padded[is_one])], axis=1).reshape(-1)
    return counts[ranks]
