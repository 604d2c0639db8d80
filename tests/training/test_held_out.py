"""Frozen tests against a plain count over all sequences one by one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lagrun.interfaces import Batch
from lagrun.interfaces.evaluation import Evaluation
from lagrun.interfaces.params import Params
from lagrun.training.held_out import Evaluator, HeldOut
from lagrun.training.streams import generator
from tests.conftest import MakeCell


@pytest.mark.parametrize("n_seeds", [1, 5])
def test_accuracy_is_the_plain_count(n_seeds: int, make_cell: MakeCell) -> None:
    cell = make_cell("task.p=4")
    params = cell.model.init([generator(s, "init") for s in range(n_seeds)], 5, 5, "float64")
    params.flat[:] += np.random.default_rng(1).normal(size=params.flat.shape)
    held_out = [HeldOut.draw(cell.task, seed, 50) for seed in range(n_seeds)]
    last_step, per_step = Evaluator(cell.model).accuracy(params, held_out)
    for s in range(n_seeds):
        batch = cell.task.sample(generator(s, "evaluation"), 0, 50)
        right = []
        for j in range(50):
            logits, _ = cell.model.forward(params.take(np.array([s])), batch[j : j + 1])
            right.append(logits[0].argmax(-1) == batch.targets[j])
        assert last_step[s] == pytest.approx(np.mean([r[-1] for r in right]), abs=1e-15)
        assert per_step[s] == pytest.approx(np.mean(right), abs=1e-15)
    assert 0 < per_step.mean() < 1


@dataclass(frozen=True)
class Told:
    """A task of which every array is told; sequence i is row i of each."""

    ids: list[list[int]]
    targets: list[list[int]]
    scored: list[list[bool]]
    lengths: list[int]

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        ids, targets, lengths = (np.array(each, np.int32) for each in (self.ids, self.targets, self.lengths))
        return Batch(ids, targets, np.array(self.scored), lengths, padded=True)[first : first + n]


class Ones:
    """A net that always says 1."""

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, None]:
        return np.eye(2)[np.ones_like(batch.targets)], None


def test_steps_that_are_not_scored_have_no_part_in_the_accuracy() -> None:
    task = Told([[0, 0, 0]] * 2, [[1, 0, 1]] * 2, [[False, True, True], [True, False, True]], [3, 3])
    held_out = HeldOut.draw(task, 0, 2)  # type: ignore[arg-type]
    params = Params({"w": (1,)}, np.zeros((1, 1)))
    last_step, per_step = Evaluator(Ones()).accuracy(params, [held_out])  # type: ignore[arg-type]
    assert (last_step[0], per_step[0]) == (1, 3 / 4)


def test_sequences_that_differ_in_their_end_their_targets_or_in_what_is_scored_are_not_equal() -> None:
    scored = [[True, True], [True, False], [True, False], [False, True], [True, True]]
    task = Told([[0, 0]] * 5, [[1, 0]] * 5, scored, [2, 1, 1, 2, 2])
    held_out = HeldOut.draw(task, 0, 5)  # type: ignore[arg-type]
    assert held_out.sequences.lengths.tolist() == [2, 1, 2]
    assert held_out.sequences.scored.tolist() == [[True, True], [True, False], [False, True]]
    assert held_out.counts.tolist() == [2, 2, 1]
    only_lengths_differ = Told([[0, 0]] * 2, [[1, 0]] * 2, [[True, False]] * 2, [2, 1])
    assert HeldOut.draw(only_lengths_differ, 0, 2).counts.tolist() == [1, 1]  # type: ignore[arg-type]
    only_targets_differ = Told([[0, 0]] * 3, [[0, 1], [0, 2], [0, 1]], [[True, True]] * 3, [2] * 3)
    assert HeldOut.draw(only_targets_differ, 0, 3).counts.tolist() == [2, 1]  # type: ignore[arg-type]


def test_equal_sequences_are_kept_once(make_cell: MakeCell) -> None:
    held_out = HeldOut.draw(make_cell("task.p=4").task, 0, 200)
    assert len(held_out.counts) == 2
    assert held_out.counts.sum() == 200


def test_curve_points() -> None:
    evaluation = Evaluation(1, 1, 4, None)
    points = [n for n in range(1, 1001) if n in evaluation.curve_points(1000)]
    assert points == [1, 2, 3, 6, 10, 18, 32, 56, 100, 178, 316, 562, 1000]
    every = Evaluation(1, 1, 4, 30).curve_points(100)
    assert [n for n in range(1, 101) if n in every] == [30, 60, 90]
