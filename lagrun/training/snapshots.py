"""Weights of runs while they train, evenly spaced over a run, however long it turns out to be.

A snapshot is taken at each multiple of a stride, from 0 (initial weights) on. The stride is 1 at first, and doubles
whenever there would be more snapshots than wanted; every second one is then dropped. Which ones are left at the end
depends only on the length of the run, not on its budget, the block it trains in, the engine or interruptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lagrun.interfaces.params import Params

#: Names of arrays in a file of snapshots. `WEIGHTS` begins the names of the weights.
SEQUENCE, ROLLING = "sequence", "rolling_last_step_accuracy"
WEIGHTS = "params"


class Snapshot(NamedTuple):
    """Weights of one seed after `sequence` training sequences, shape (P,), and its rolling accuracy there."""

    sequence: int
    rolling: float
    weights: np.ndarray


class Snapshots:
    """The snapshots of the seeds of a block.

    Parameters
    ----------
    most : int
        Most snapshots of a seed, including the one at its end: 2 or more; or 0 for none.
    n_seeds : int
        Seeds of the block.
    """

    def __init__(self, most: int, n_seeds: int) -> None:
        self._most, self._stride = most, 1
        self._of_seeds: list[list[Snapshot]] = [[] for _ in range(n_seeds)]

    def next(self, sequence: int) -> int | None:
        """Tell after which sequence, later than `sequence`, to call `is_due`; None if no snapshots are wanted."""
        return sequence - sequence % self._stride + self._stride if self._most else None

    def is_due(self, sequence: int) -> bool:
        """Tell whether to take a snapshot after `sequence` training sequences; drop those off a new stride.

        To be called at 0, and after each sequence that `next` names.
        """
        if not self._most:
            return False
        before = self._stride
        while sequence // self._stride + 1 > self._most - 1:  # one is left for the run's end
            self._stride *= 2
        if self._stride > before:
            self._of_seeds = [
                [snapshot for snapshot in each if snapshot.sequence % self._stride == 0] for each in self._of_seeds
            ]
        return sequence % self._stride == 0

    def take(self, sequence: int, params: Params, rolling: np.ndarray) -> None:
        """Keep the weights of every seed, given its rolling accuracy, shape (S,)."""
        for each, weights, share in zip(self._of_seeds, params.flat, rolling, strict=True):
            each.append(Snapshot(sequence, float(share), weights.copy()))

    def keep(self, seeds: np.ndarray) -> None:
        """Drop all seeds but those at the positions `seeds`."""
        self._of_seeds = [self._of_seeds[s] for s in seeds]

    def state(self, s: int) -> dict[str, np.ndarray]:
        """Copy the snapshots of the seed at position `s`, for `go_on`; an empty dict if it has none."""
        return _columns(self._of_seeds[s]) if self._of_seeds[s] else {}

    def go_on(self, s: int, state: Mapping[str, np.ndarray], params: Params) -> None:
        """Restore the snapshots of the seed at position `s` from what `state` returned.

        The state may be of a run with another `most`. Snapshots that it lacks stay missing.

        Raises
        ------
        ValueError
            If its weights are of another number or dtype.
        """
        if not (self._most and state):
            return
        weights = state[WEIGHTS]
        if weights.shape[1:] != params.flat.shape[1:] or weights.dtype != params.flat.dtype:
            raise ValueError(
                f"this is the state of another configuration: its snapshots are {weights.shape[1:]} weights of "
                f"{weights.dtype}, not {params.flat.shape[1:]} of {params.flat.dtype}"
            )
        columns = zip(state[SEQUENCE].tolist(), state[ROLLING].tolist(), weights, strict=True)
        self._of_seeds[s] = [Snapshot(*each) for each in columns]

    def result(self, s: int, sequence: int, params: Params, rolling: float) -> dict[str, np.ndarray] | None:
        """Return all snapshots of the seed at position `s`, whose run ends here; None if none are wanted.

        Returns
        -------
        dict of np.ndarray
            `SEQUENCE`, shape (n,); `ROLLING`, shape (n,), NaN before the first sequence; and every array of weights,
            ``params.<name>``, shape (n, ...).
        """
        if not self._most:
            return None
        columns = _columns([*self._of_seeds[s], Snapshot(sequence, rolling, params.flat[s])])
        by_name = Params(params.shapes, columns.pop(WEIGHTS))
        return columns | {f"{WEIGHTS}.{name}": array for name, array in by_name.items()}


def _columns(snapshots: list[Snapshot]) -> dict[str, np.ndarray]:
    return {
        SEQUENCE: np.array([snapshot.sequence for snapshot in snapshots]),
        ROLLING: np.array([snapshot.rolling for snapshot in snapshots]),
        WEIGHTS: np.stack([snapshot.weights for snapshot in snapshots]),
    }
