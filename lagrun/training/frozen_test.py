"""Tests of frozen weights for criteria: the share of right predictions, and the largest output error.

A test of outputs ends at a seed's first failure. The sequence that a seed failed last comes first in its next test, so
a failing test costs about one sequence. Neither changes the outcome of a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from lagrun.interfaces import Batch, Loss, Model, Task
from lagrun.interfaces.params import Params
from lagrun.interfaces.task import FiniteTask
from lagrun.losses.indices import first_outputs
from lagrun.training.held_out import Evaluator, HeldOut
from lagrun.training.streams import generator, stack

#: Test sequences drawn at a time; each such part has its own generator.
DRAW = 250


class FrozenTest:
    """Tests the nets of a block, each seed on random sequences of its own.

    Parameters
    ----------
    network, loss, task
        The experiment's; the loss turns logits into outputs.
    seeds : sequence of int
        Seeds of the block.
    params : Params
        Weights of each seed, read anew at each test.
    """

    def __init__(self, network: Model, loss: Loss, task: Task, seeds: Sequence[int], params: Params) -> None:
        self._network, self._loss, self._task = network, loss, task
        self._seeds, self.params = np.array(seeds, dtype=object), params
        self._failed: list[Batch | None] = [None] * len(seeds)
        self._tapes: dict[bool, Any] = {}
        self._held_out: dict[tuple[int, int], HeldOut] = {}
        self._evaluator = Evaluator(network)

    def keep(self, seeds: np.ndarray, params: Params) -> None:
        """Drop all seeds but those at the positions `seeds`, whose weights are `params`."""
        self._seeds, self.params = self._seeds[seeds], params
        self._failed = [self._failed[s] for s in seeds]
        self._held_out = {key: held_out for key, held_out in self._held_out.items() if key[0] in self._seeds}

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        """Test every seed; see `lagrun.interfaces.Frozen`."""
        passing = np.ones(len(self._seeds), bool)
        if isinstance(self._task, FiniteTask):
            every = self._task.every_sequence()
            places = dict.fromkeys(("end", place))  # a test at the end computes outputs once, and decides most tests
            for where, i in product(places, range(len(every.ids))):
                self._test_side_by_side([every[i]] * len(passing), passing, threshold, where)
            return passing
        first = [self._first_of(s) if failed is None else failed for s, failed in enumerate(self._failed)]
        self._test_side_by_side(first, passing, threshold, place)
        for s in np.flatnonzero(passing):
            passing[s] = self._passes_all(s, threshold, place, n_sequences)
        return passing

    def accuracy(self, n_sequences: int, which: np.ndarray) -> np.ndarray:
        """Test some seeds; see `lagrun.interfaces.Frozen`."""
        rows = np.flatnonzero(which)
        held_out = [self._held_out_of(self._seeds[s], n_sequences) for s in rows]
        return self._evaluator.accuracy(self.params.take(rows), held_out)[0]

    def _held_out_of(self, seed: int, n_sequences: int) -> HeldOut:
        known = self._held_out.get((seed, n_sequences))
        if known is None:
            batch = self._task.sample(generator(seed, "criterion", 0), 0, n_sequences)
            known = self._held_out[seed, n_sequences] = HeldOut.of(batch)
        return known

    def probe(self) -> Batch:
        """Sequences, shape (N, T), that the only net of a block must all pass to pass a test.

        The next test begins with them, so a net that fails one of them needs no test.
        """
        if isinstance(self._task, FiniteTask):
            return self._task.every_sequence()
        first = self._failed[0] or self._first_of(0)
        return first[None]

    def _test_side_by_side(self, sequences: Sequence[Batch], passing: np.ndarray, threshold: float, place: str) -> None:
        """Test one sequence of each seed that is still in `passing`, and remove from `passing` those that fail."""
        rows = np.flatnonzero(passing).tolist()
        if not rows:
            return
        params = self.params if len(rows) == len(passing) else self.params.take(np.array(rows))
        errors = self._largest_errors(params, stack([sequences[s] for s in rows]), place)
        passing[rows] = errors < threshold  # so that NaN fails

    def _passes_all(self, s: np.intp, threshold: float, place: str, n_sequences: int) -> bool:
        """Test one seed on all its sequences, many side by side."""
        for start in range(0, n_sequences, DRAW):
            batch = self._draw(s, start // DRAW)[: n_sequences - start]
            row = np.broadcast_to(self.params.flat[s], (len(batch.ids), self.params.n_weights))
            errors = self._largest_errors(Params(self.params.shapes, row), batch, place)
            failed = np.flatnonzero(~(errors < threshold))
            if len(failed):
                self._failed[s] = batch[failed[0]]
                return False
        return True

    def _largest_errors(self, params: Params, batch: Batch, place: str) -> np.ndarray:
        """Largest absolute output error of every sequence, shape (S,)."""
        if place == "end" and not batch.only_at_end:
            batch = batch.at_end()
        many = len(batch.ids) > len(self._seeds)  # each of the two kinds of test has its own buffers
        logits, self._tapes[many] = self._network.forward(params, batch, self._tapes.get(many))
        errors = self._loss.outputs(logits)
        flat = errors.reshape(-1)
        flat[batch.targets + first_outputs(errors.shape)] -= 1.0
        np.abs(errors, out=errors)
        return np.where(batch.scored, errors.max(-1), 0.0).max(-1)

    def _first_of(self, s: int) -> Batch:
        self._failed[s] = first = self._draw(s, 0)[0]
        return first

    def _draw(self, s: int | np.intp, part: int) -> Batch:
        return self._task.sample(generator(self._seeds[s], "criterion", part), part * DRAW, DRAW)
