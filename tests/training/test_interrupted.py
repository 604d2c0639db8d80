"""Runs that are interrupted anywhere and go on, in any blocks, end as if they had never been interrupted."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagrun.checks import ConfigError
from lagrun.engines.reference import Reference
from lagrun.interfaces import Batch
from lagrun.interfaces.evaluation import Evaluation
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.loop import train
from tests.helpers import assert_same, options, run
from tests.training.interrupted import (
    CASES,
    EARLY,
    Results,
    States,
    advance,
    case,
    check_cuts,
    interrupted,
    lively,
    small,
)


@pytest.mark.parametrize(
    ("model", "updates", "optimiser"),
    [
        pytest.param(model, updates, optimiser, marks=pytest.mark.slow if optimiser == "momentum" else ())
        for model, updates, optimiser in product(options("model"), ("sequence", "step"), options("optimiser"))
    ],
)
def test_any_model_goes_on_as_if_never_interrupted(model: str, updates: str, optimiser: str) -> None:
    try:
        rule = (f"updates={updates}", f"optimiser={optimiser}", "optimiser.learning_rate=0.1")
        cell = small(model, *rule, "task.p=5", "budget=70")
    except ConfigError as refusal:
        pytest.skip(str(refusal))
    check_cuts(cell, [1, 64, 65])


@pytest.mark.parametrize("name", CASES)
def test_whatever_a_run_keeps_is_part_of_its_state(name: str) -> None:
    whole = check_cuts(case(name), [2, 9, 63, 100], range(5))
    if "threshold=1" in CASES[name]:
        assert len({result.sequences_seen for result in whole.values()}) > 2


@settings(deadline=None, max_examples=8)
@pytest.mark.parametrize("name", ["lstm ends", "lstm1997", "rtrl"])
@given(data=st.data())
def test_any_cuts_and_any_companions(name: str, data: st.DataObject) -> None:
    cell, whole = lively(name)
    cuts = sorted(data.draw(st.sets(st.integers(1, cell.budget - 1), max_size=3)))
    groupings = []
    for _ in range(len(cuts) + 1):
        order = data.draw(st.permutations(range(5)))
        labels = data.draw(st.lists(st.integers(0, 2), min_size=5, max_size=5))
        groupings.append([[s for s, label in zip(order, labels, strict=True) if label == group] for group in range(3)])
    assert_same(interrupted(cell, groupings, cuts), whole)


def test_seeds_grow_alike_with_companions_that_were_trained_alone() -> None:
    """Nets of lstm1997 count sequences only until all of a block have grown."""
    cell = small("lstm1997", "model.construction_window=7", "loss=squared_error", "optimiser.learning_rate=0.2")
    whole = run(cell, range(8))
    results: Results = {}
    states: States = {}
    for seed in range(8):
        states |= advance(cell, [seed], None, 40, results)
    grown = [seed for seed, state in states.items() if state.arrays["learner.growth.grown"]]
    order = [*grown, *(seed for seed in states if seed not in grown)]
    assert 0 < len(grown) < 8
    assert states[order[0]].arrays["learner.growth.n_sequences"] % 7 != 40 % 7
    train(cell, order, lambda r: results.update({r.seed: r}), start=[states[seed] for seed in order])
    assert_same(results, whole)


@pytest.mark.parametrize("spacing", ["curve_points_per_decade=10", "curve_points_per_decade=3", "curve_every=7"])
@pytest.mark.parametrize("budgets", [(1, 60), (10, 11), (21, 22, 90), (59, 100)])
def test_a_larger_budget_continues_runs(budgets: tuple[int, ...], spacing: str) -> None:
    cell = small("lstm", "task.p=3", f"evaluation.{spacing}", *EARLY.split())
    results: Results = {}
    train(replace(cell, budget=budgets[0]), range(3), lambda r: results.update({r.seed: r}))
    for budget in budgets[1:]:
        left = {seed: r.checkpoint for seed, r in results.items() if r.checkpoint is not None}
        assert set(left) == {seed for seed, result in results.items() if result.outcome == "budget"}
        if left:
            start = list(left.values())
            train(replace(cell, budget=budget), list(left), lambda r: results.update({r.seed: r}), start=start)
    assert_same(results, run(replace(cell, budget=budgets[-1]), range(3)))


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 20), st.none() | st.integers(1, 1000))
def test_points_of_a_smaller_budget_are_the_first_of_a_larger_one(
    one: int, other: int, per_decade: int, every: int | None
) -> None:
    evaluation = Evaluation(1, 1, per_decade, every)
    less, more = sorted((one, other))
    first, points = evaluation.curve_points(less), evaluation.curve_points(more)
    assert list(first[:50]) == list(points[:50])[: len(first)]
    assert list(first[-50:]) == list(points[: len(first)][-50:])
    beyond = points[len(first)] if len(points) > len(first) else less
    assert beyond >= less  # what lies within the smaller budget is missing only if it is its very end


@pytest.mark.parametrize(("key", "value"), [("first", 1), ("position", 0), ("position", 11)])
def test_the_data_go_on_where_they_were(key: str, value: int) -> None:
    cell = replace(small("lstm"), task=NoiseFree(8, "random", "every_step"))
    (state,) = advance(cell, [0], None, 10, {}).values()
    assert {name: state.facts["stream"][name] for name in ("first", "position")} == {"first": 0, "position": 10}
    moved = replace(state, facts={"stream": state.facts["stream"] | {key: value}})
    results: Results = {}
    train(cell, [0], lambda r: results.update({r.seed: r}), start=[moved])
    with pytest.raises(AssertionError):
        assert_same(results, run(cell, [0]))


@dataclass(frozen=True)
class Spawning(NoiseFree):
    """A user's task with a generator of its own for each sequence, and draws that leave half a word behind."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        keys = [int(rng.spawn(1)[0].integers(2)) ^ int(rng.integers(2, dtype=np.uint32)) for _ in range(n)]
        return self._with_keys(np.array(keys))


def test_all_of_a_generator_is_part_of_the_state() -> None:
    cell = replace(small("lstm"), task=Spawning(8, "random", "every_step"))
    check_cuts(cell, [3, 70])


@pytest.mark.parametrize("name", ["lstm ends", "elman"])
def test_the_plain_engine_goes_on_where_it_learns_from_whole_sequences(name: str) -> None:
    check_cuts(replace(case(name), engine=Reference(), budget=20), [1, 13])
