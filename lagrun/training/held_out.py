"""Tests of frozen weights on held-out sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lagrun.interfaces import Batch, Model, Task
from lagrun.interfaces.params import Params
from lagrun.training.streams import generator, stack

#: Sequences tested side by side where one seed is tested alone.
WIDTH = 32


@dataclass(frozen=True)
class HeldOut:
    """Test sequences of one seed; equal ones are kept once.

    Attributes
    ----------
    sequences : Batch
        The different sequences, arrays of shape (N, T).
    counts : np.ndarray of int, shape (N,)
        How often each was drawn.
    """

    sequences: Batch
    counts: np.ndarray

    @classmethod
    def draw(cls, task: Task, seed: int, n: int) -> HeldOut:
        """Draw `n` sequences from the seed's own evaluation stream."""
        return cls.of(task.sample(generator(seed, "evaluation"), 0, n))

    @classmethod
    def of(cls, batch: Batch) -> HeldOut:
        """Keep equal sequences of a batch once."""
        rows = np.concatenate([batch.ids, batch.targets, batch.scored, batch.lengths[:, None]], axis=1)
        positions: dict[bytes, list[int]] = {}  # ten times faster than np.unique(axis=0)
        for i, row in enumerate(rows):
            positions.setdefault(row.tobytes(), []).append(i)
        first = [equal[0] for equal in positions.values()]
        return cls(batch[first], np.array([len(equal) for equal in positions.values()]))


class Evaluator:
    """Tests many seeds, many sequences side by side; keeps its buffers between calls."""

    def __init__(self, network: Model) -> None:
        self._network = network
        self._tape: Any = None

    def accuracy(self, params: Params, held_out: Sequence[HeldOut]) -> tuple[np.ndarray, np.ndarray]:
        """Test each seed's frozen weights on its own held-out sequences.

        Parameters
        ----------
        params : Params
            Weights of ``S`` seeds.
        held_out : sequence of HeldOut
            Test sequences of each.

        Returns
        -------
        last_step, per_step : np.ndarray, shape (S,)
            Share of right predictions (largest output) at the last step, and at all scored steps.
        """
        # Sequence j of all seeds is tested side by side, so a block is tested in the shape in which it trains.
        pairs = [
            (s, j)
            for j in range(max(len(h.counts) for h in held_out))
            for s in range(params.n_seeds)
            if j < len(held_out[s].counts)
        ]
        width = params.n_seeds if params.n_seeds > 1 else min(WIDTH, len(pairs))
        sums = np.zeros((4, params.n_seeds))
        for start in range(0, len(pairs), width):
            chunk = pairs[start : start + width]
            padded = chunk + chunk[:1] * (width - len(chunk))
            sums_of_pairs = self._test(params, held_out, padded)
            for (s, j), values in zip(chunk, sums_of_pairs.T, strict=False):
                sums[:, s] += held_out[s].counts[j] * values
        return sums[0] / sums[1], sums[2] / sums[3]

    def _test(self, params: Params, held_out: Sequence[HeldOut], pairs: list[tuple[int, int]]) -> np.ndarray:
        """Count, for each pair: right last steps, last steps, right steps, scored steps. Shape (4, pairs)."""
        batch = stack([held_out[s].sequences[j] for s, j in pairs])
        weights = params.take(np.array([s for s, _ in pairs]))
        logits, self._tape = self._network.forward(weights, batch, self._tape)
        right = (logits.argmax(-1) == batch.targets) & batch.scored
        last = right[batch.last]
        return np.array([last, np.ones(len(pairs)), right.sum(-1), batch.scored.sum(-1)])
