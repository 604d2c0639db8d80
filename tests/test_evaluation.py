"""Frozen tests against a plain count over all sequences one by one."""

from collections.abc import Callable

import numpy as np
import pytest

from lagrun.cell import Cell
from lagrun.evaluation import Evaluation, Evaluator, HeldOut
from lagrun.seeds import generator

MakeCell = Callable[..., Cell]


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
