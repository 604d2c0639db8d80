"""Random streams per (seed, purpose), and the training sequences drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lagrun.interfaces import Batch, Task

#: Index of every purpose. Streams of one seed are independent: testing more often cannot change the training data.
PURPOSES = {"init": 0, "data": 1, "evaluation": 2, "criterion": 3}

#: Sequences drawn ahead at a time.
DRAW_AHEAD = 64

#: State of a seed's stream of training sequences, as plain JSON: its generator before sequence number ``first`` (from
#: 0) was drawn, and the ``position`` of the next one to use. They differ because sequences are drawn ahead.
StreamState = dict[str, Any]


def generator(seed: int, purpose: str, part: int | None = None, n_spawned: int = 0) -> np.random.Generator:
    """Make the generator of one seed and purpose.

    Parameters
    ----------
    seed : int
        Any integer >= 0.
    purpose : str
        A key of `PURPOSES`.
    part : int, optional
        Number of an independent part of a stream; each part can be drawn without the others.
    n_spawned : int
        How many generators were spawned from it before.
    """
    key = (PURPOSES[purpose],) if part is None else (PURPOSES[purpose], part)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key, n_children_spawned=n_spawned))


def stack(batches: Sequence[Batch]) -> Batch:
    """Put sequences or batches side by side: every array gains a leading axis. Shorter ones are padded."""
    n_steps = max(batch.ids.shape[-1] for batch in batches)

    def all_of(name: str) -> np.ndarray:
        return np.stack([_padded(getattr(batch, name), batch.ids.shape[-1], n_steps) for batch in batches])

    ids, targets, scored = map(all_of, ("ids", "targets", "scored"))
    lengths = np.stack([batch.lengths for batch in batches])
    return replace(batches[0], ids=ids, targets=targets, scored=scored, lengths=lengths)


def _padded(array: np.ndarray, n_steps: int, wanted: int) -> np.ndarray:
    """Append zeros to an array with one column per step; leave other arrays alone."""
    if array.shape[-1] != n_steps or n_steps == wanted:
        return array
    return np.concatenate([array, np.zeros((*array.shape[:-1], wanted - n_steps), array.dtype)], axis=-1)


class _Source:
    """Draws one seed's training sequences, and remembers the state from which the latest ones can be drawn again."""

    def __init__(self, task: Task, seed: int, state: StreamState | None) -> None:
        self._task, self._rng = task, generator(seed, "data", n_spawned=0 if state is None else state["n_spawned"])
        self.n_drawn = 0
        if state is not None:
            self._rng.bit_generator.state = state["generator"]
            self.n_drawn = state["first"]
        self._latest = self._here()

    def draw(self, n: int) -> Batch:
        """Draw the next `n` sequences."""
        self._latest = self._here()
        batch = self._task.sample(self._rng, self.n_drawn, n)
        self.n_drawn += n
        return batch

    def state(self, position: int) -> StreamState:
        """Return the state to draw from sequence number `position` (from 0) on: one of the latest draw, or the next."""
        return {**(self._latest if position < self.n_drawn else self._here()), "position": position}

    def _here(self) -> StreamState:
        bits = self._rng.bit_generator
        assert isinstance(bits.seed_seq, np.random.SeedSequence)
        return {"first": self.n_drawn, "generator": bits.state, "n_spawned": bits.seed_seq.n_children_spawned}


class TrainingStream:
    """The training sequences of several seeds, one sequence of each at a time.

    Parameters
    ----------
    task : Task
        What to draw.
    seeds : sequence of int
        Whose streams to draw from.
    start : sequence of StreamState
        Where to resume, at the same position for each seed; if empty, at the beginning.
    """

    def __init__(self, task: Task, seeds: Sequence[int], start: Sequence[StreamState] = ()) -> None:
        states: Sequence[StreamState | None] = start or [None] * len(seeds)
        self._sources = [_Source(task, seed, state) for seed, state in zip(seeds, states, strict=True)]
        self._drawn: Batch | None = None
        self._position = start[0]["position"] if start else 0
        if self._position % DRAW_AHEAD:
            end = self._position - self._position % DRAW_AHEAD + DRAW_AHEAD
            self._drawn = stack([source.draw(end - source.n_drawn) for source in self._sources])

    def next(self) -> Batch:
        """Return the next sequence of every seed."""
        within = self._position % DRAW_AHEAD
        if within == 0:
            self._drawn = stack([source.draw(DRAW_AHEAD) for source in self._sources])
        self._position += 1
        assert self._drawn is not None
        return self._drawn[:, within - DRAW_AHEAD]  # from the end, which is at a multiple of DRAW_AHEAD

    def state(self, seed: int) -> StreamState:
        """Tell where the stream of the seed at position `seed` is."""
        return self._sources[seed].state(self._position)

    def keep(self, seeds: np.ndarray) -> None:
        """Drop the streams of all seeds but those at the positions `seeds`."""
        self._sources = [self._sources[s] for s in seeds]
        if self._drawn is not None:
            self._drawn = self._drawn[seeds]


class SingleStream:
    """The training sequences of one seed, which can be read before they are used up.

    Parameters
    ----------
    task : Task
        What to draw.
    seed : int
        Whose stream to draw from.
    start : StreamState, optional
        Where to resume; by default at the beginning.
    """

    def __init__(self, task: Task, seed: int, start: StreamState | None = None) -> None:
        self._source = _Source(task, seed, start)
        self._ahead: Batch | None = None
        if start is not None and start["position"] > start["first"]:
            n_used = start["position"] - start["first"]
            self._ahead = self._source.draw(n_used)[n_used:]

    def peek(self, n: int) -> Batch:
        """Return the next sequences: `n` of them, or fewer."""
        if self._ahead is None or len(self._ahead.ids) == 0:
            self._ahead = self._source.draw(n)
        return self._ahead[:n]

    def advance(self, n: int) -> None:
        """Move on by `n` sequences."""
        assert self._ahead is not None
        self._ahead = self._ahead[n:]

    def state(self) -> StreamState:
        """Tell where the stream is."""
        n_ahead = 0 if self._ahead is None else len(self._ahead.ids)
        return self._source.state(self._source.n_drawn - n_ahead)
