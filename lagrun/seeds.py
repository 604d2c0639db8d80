"""Random streams per (seed, purpose), and the training sequences drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lagrun.interfaces import Batch, Task

#: Index of every purpose. Streams of one seed are independent: checking more often cannot move the training data.
PURPOSES = {"init": 0, "data": 1, "evaluation": 2, "criterion": 3}

#: Sequences drawn ahead at a time.
DRAW_AHEAD = 64


def generator(seed: int, purpose: str, part: int | None = None) -> np.random.Generator:
    """Make the generator of one seed and purpose.

    Parameters
    ----------
    seed : int
        Any integer >= 0.
    purpose : str
        A key of `PURPOSES`.
    part : int, optional
        Number of one of several independent parts of a stream, so that each can be drawn alone.
    """
    key = (PURPOSES[purpose],) if part is None else (PURPOSES[purpose], part)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def stack(batches: Sequence[Batch]) -> Batch:
    """Put sequences or batches side by side: every array gains a leading axis. Shorter ones are padded."""
    n_steps = max(batch.ids.shape[-1] for batch in batches)

    def all_of(name: str) -> np.ndarray:
        return np.stack([_padded(getattr(batch, name), batch.ids.shape[-1], n_steps) for batch in batches])

    ids, targets, scored = map(all_of, ("ids", "targets", "scored"))
    lengths = np.stack([batch.lengths for batch in batches])
    return replace(batches[0], ids=ids, targets=targets, scored=scored, lengths=lengths)


def _padded(array: np.ndarray, n_steps: int, wanted: int) -> np.ndarray:
    """Append zeros to an array that has a column a step; leave other arrays alone."""
    if array.shape[-1] != n_steps or n_steps == wanted:
        return array
    return np.concatenate([array, np.zeros((*array.shape[:-1], wanted - n_steps), array.dtype)], axis=-1)


class TrainingStream:
    """The training sequences of several seeds, one sequence of each at a time.

    Parameters
    ----------
    task : Task
        What to draw.
    seeds : sequence of int
        Whose streams to draw from.
    """

    def __init__(self, task: Task, seeds: Sequence[int]) -> None:
        self._task = task
        self._rngs = [generator(seed, "data") for seed in seeds]
        self._drawn: Batch | None = None
        self._position = 0

    def next(self) -> Batch:
        """Return the next sequence of every seed."""
        within = self._position % DRAW_AHEAD
        if within == 0:
            self._drawn = stack([self._task.sample(rng, self._position, DRAW_AHEAD) for rng in self._rngs])
        self._position += 1
        assert self._drawn is not None
        return self._drawn[:, within]

    def keep(self, seeds: np.ndarray) -> None:
        """Drop the streams of all seeds but those at the positions `seeds`."""
        self._rngs = [self._rngs[s] for s in seeds]
        if self._drawn is not None:
            self._drawn = self._drawn[seeds]


class SingleStream:
    """The training sequences of one seed, looked at before they are used.

    Parameters
    ----------
    task : Task
        What to draw.
    seed : int
        Whose stream to draw from.
    """

    def __init__(self, task: Task, seed: int) -> None:
        self._task, self._rng = task, generator(seed, "data")
        self._ahead: Batch | None = None
        self._n_drawn = 0

    def peek(self, n: int) -> Batch:
        """Return the next sequences: `n` of them, or fewer."""
        if self._ahead is None or len(self._ahead.ids) == 0:
            self._ahead = self._task.sample(self._rng, self._n_drawn, n)
            self._n_drawn += n
        return self._ahead[:n]

    def advance(self, n: int) -> None:
        """Leave the next `n` sequences behind."""
        assert self._ahead is not None
        self._ahead = self._ahead[n:]
