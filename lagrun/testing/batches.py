"""Sequences to test a model with: one of a task for each seed, or random ones of every kind of batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.task import Task
from lagrun.numerics.padded_sums import rounded_up
from lagrun.training.streams import stack

#: Kinds of `random_batch`.
KINDS = ("full", "end", "padded", "padded end")


def one_batch(task: Task, n_seeds: int) -> Batch:
    """One sequence of each of the seeds 0, 1, ..."""
    return stack([task.sample(np.random.default_rng(seed), 0, 1)[0] for seed in range(n_seeds)])


def random_batch(n_seeds: int, n_steps: int, n_symbols: int, kind: str = "full", n_outputs: int | None = None) -> Batch:
    """Sequences in which symbols repeat.

    Parameters
    ----------
    n_seeds, n_steps : int
        How many, and how long at most.
    n_symbols : int
        Input symbols.
    kind : str
        ``full`` (equal lengths, outputs at every step), ``end`` (outputs at the end only), ``padded`` (lengths from 1
        to `n_steps`, outputs at every step) or ``padded end``.
    n_outputs : int, optional
        Output units; by default as many as symbols.
    """
    rng = np.random.default_rng(0)
    ids, targets = rng.integers(0, n_symbols, (2, n_seeds, n_steps), dtype=np.int32)
    targets = targets if n_outputs is None else targets % n_outputs
    lengths = np.full(n_seeds, n_steps, np.int32)
    if "padded" in kind:
        lengths = rng.integers(1, n_steps + 1, n_seeds, dtype=np.int32)
        space = ((0, 0), (0, rounded_up(n_steps) - n_steps))
        ids, targets = np.pad(ids, space), np.pad(targets, space)
    inside = np.arange(ids.shape[1]) < lengths[:, None]
    batch = Batch(np.where(inside, ids, 0), np.where(inside, targets, 0), inside, lengths, padded="padded" in kind)
    return batch.at_end() if "end" in kind else batch


def with_more_padding(batch: Batch) -> Batch:
    """The same sequences in arrays that are 64 steps longer."""
    wider: dict[str, Any] = {"ids": np.pad(batch.ids, ((0, 0), (0, 64)))}
    if not batch.only_at_end:
        wider |= {name: np.pad(getattr(batch, name), ((0, 0), (0, 64))) for name in ("targets", "scored")}
    return replace(batch, **wider)


def sequences(batch: Batch) -> list[tuple[list[int], list[int], list[bool]]]:
    """Input symbols, targets and scored steps of every sequence, without padding."""
    found = []
    for i, length in enumerate(batch.lengths.tolist()):
        with_outputs = 1 if batch.only_at_end else length
        targets, scored = batch.targets[i, :with_outputs], batch.scored[i, :with_outputs]
        found.append((batch.ids[i, :length].tolist(), targets.tolist(), scored.tolist()))
    return found
