"""What every task promises, see `lagrun.interfaces.task`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.contracts import ShapeError, check_batch
from lagrun.interfaces.task import FiniteTask, KnownBatch, Task
from lagrun.numerics.padded_sums import CHUNK
from lagrun.testing.asserting import require
from lagrun.testing.batches import sequences
from lagrun.training.streams import generator

#: Calls into which a stream is cut: the first sequence of each, and the number of sequences.
CUTS = ((0, 1), (1, 2), (3, 64), (67, 34))


def check_task(task: Task) -> None:
    """Check a task; AssertionError in words for its author."""
    whole = _drawn(task, 0, sum(n for _, n in CUTS))
    _check_promises(task, whole)
    _check_stream(task, whole)
    if isinstance(task, FiniteTask):
        listed = sequences(task.every_sequence())
        words = f"{_name(task)}.every_sequence: lists a sequence twice, or lacks one that is drawn"
        require(all(listed.count(each) == 1 for each in [*listed, *sequences(whole)]), words)


def _drawn(task: Task, first: int, n: int, rng: np.random.Generator | None = None) -> Batch:
    batch = task.sample(rng or generator(3, "data"), first, n)
    where: Any = SimpleNamespace(task=task)
    try:
        check_batch(where, batch, n)
    except (ShapeError, IndexError) as error:
        raise AssertionError(str(error)) from None
    return batch


def _check_promises(task: Task, batch: Batch) -> None:
    name, n_steps = f"{_name(task)}.sample", batch.ids.shape[1]
    steps = np.arange(batch.scored.shape[1])
    last = np.zeros(len(batch.ids), int) if batch.only_at_end else batch.lengths - 1
    require(batch.scored.dtype == bool, f"{name}: scored of dtype {batch.scored.dtype}, expected bool")
    require(not (batch.scored & (steps > last[:, None])).any(), f"{name}: scores steps of padding")
    require(batch.scored.any(1).all(), f"{name}: a sequence has no scored step")
    if batch.padded:
        require(n_steps % CHUNK == 0, f"{name}: {n_steps} padded steps, expected a multiple of {CHUNK}")
    else:
        require((batch.lengths == n_steps).all(), f"{name}: lengths differ, so it must say padded=True")
    if batch.distinct_ids:
        repeats = any(len(set(ids)) < len(ids) for ids, _, _ in sequences(batch))
        require(not repeats, f"{name}: says distinct_ids, and a symbol occurs twice")
    if isinstance(task, KnownBatch):
        for key in ("only_at_end", "distinct_ids"):
            words = f"{_name(task)}.{key} is {getattr(task, key)}, its batches have {getattr(batch, key)}"
            require(getattr(task, key) == getattr(batch, key), words)
        words = f"{_name(task)}.n_steps is {task.n_steps}, its batches have {n_steps}"
        require(task.n_steps == n_steps or (batch.padded and n_steps <= 4 * task.n_steps), words)


def _check_stream(task: Task, whole: Batch) -> None:
    """Sequences depend on the generator and on their number alone, however the stream is cut into calls."""
    expected, rng = sequences(whole), generator(3, "data")
    parts = [each for first, n in CUTS for each in sequences(_drawn(task, first, n, rng))]
    require(parts == expected, f"{_name(task)}.sample: the stream depends on how it is cut into calls")
    again = sequences(_drawn(task, 0, len(expected)))
    require(again == expected, f"{_name(task)}.sample: draws from something else than the generator it is given")


def _name(thing: Any) -> str:
    return type(thing).__name__
