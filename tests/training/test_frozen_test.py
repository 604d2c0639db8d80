"""The paper's test of frozen weights against brute force: every sequence tested one by one, all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from lagrun.interfaces import Batch, Task
from lagrun.interfaces.params import Params
from lagrun.interfaces.task import FiniteTask
from lagrun.losses.squared_error import SquaredError
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.tasks.very_long_lag import VeryLongLag
from lagrun.training.frozen_test import DRAW, FrozenTest
from lagrun.training.streams import generator
from tests.conftest import MakeCell

LOSS = SquaredError(0.5)
TASKS = [NoiseFree(7, "random", "every_step"), NoRegularities(7, "iid", "every_step")]


@dataclass
class Recital:
    """A net that always gives the right answer, `error` off at one step of sequences that begin with `key`.

    Its weights are one number a seed, the largest error; the step is counted from the end.
    """

    key: int = -1
    step: int = 1
    seen: list[int] = field(default_factory=list)

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, None]:
        self.seen.append(len(batch.ids))
        n_outputs = 9
        outputs = np.full((*batch.targets.shape, n_outputs), 0.01)
        np.put_along_axis(outputs, batch.targets[..., None], 0.99, axis=-1)
        wrong = np.flatnonzero((batch.ids[:, 0] == self.key) | (self.key == -1))
        if self.step <= batch.targets.shape[1]:
            outputs[wrong, -self.step, 8] = params["error"][wrong]
        return np.log(outputs / (1 - outputs)), None


def passing(net: Recital, errors: Sequence[float], task: Task, place: str, n_sequences: int = 1_000) -> list[bool]:
    params = Params({"error": ()}, np.array(errors)[:, None])
    frozen = FrozenTest(net, LOSS, task, range(len(errors)), params)  # type: ignore[arg-type]
    return frozen.passes(0.25, place, n_sequences).tolist()


@pytest.mark.parametrize(
    "task", [NoiseFree(7, "random", "every_step"), NoRegularities(7, "iid", "every_step")], ids=str
)
def test_just_below_at_and_above_the_threshold_and_nan(task: Task) -> None:
    # 0.75 is 3/4 off where unit 8 should be 0, and the logistic of its logit is exact only to rounding: hence 1e-9.
    assert passing(Recital(), [0.25 - 1e-9, 0.25 + 1e-9, np.nan, 0.1], task, "every_step") == [True, False, False, True]


@pytest.mark.parametrize("task", TASKS, ids=str)
@pytest.mark.parametrize("error", [0.5, np.nan])
def test_at_the_threshold_and_nan_fail_in_any_sequence(error: float, task: Task) -> None:
    params = Params({"error": ()}, np.full((8, 1), error))
    for key in (6, 7):  # where it is not the first sequence's, later ones are tested side by side
        frozen = FrozenTest(Recital(key), LOSS, task, range(8), params)  # type: ignore[arg-type]
        assert not frozen.passes(0.5, "every_step", 300).any()


def test_one_key_that_fails_is_enough() -> None:
    task = NoiseFree(7, "random", "every_step")
    for key in (6, 7):
        assert passing(Recital(key), [0.5, 0.1], task, "every_step") == [False, True]


@pytest.mark.parametrize(
    "task", [NoiseFree(7, "random", "every_step"), NoRegularities(7, "iid", "every_step")], ids=str
)
def test_place(task: Task) -> None:
    assert passing(Recital(step=3), [0.5], task, "end") == [True]
    assert passing(Recital(step=3), [0.5], task, "every_step") == [False]


class LastTwoScored(NoRegularities):
    """Task 2b with an error at the last two steps alone."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        batch = super().sample(rng, first, n)
        return replace(batch, scored=np.broadcast_to(np.arange(self.p) >= self.p - 2, batch.scored.shape))


def test_steps_that_are_not_scored_may_be_wrong() -> None:
    task = LastTwoScored(7, "iid", "every_step")
    for step, expected in ((3, True), (2, False), (1, False)):
        assert passing(Recital(step=step), [0.5], task, "every_step") == [expected]


def test_as_many_sequences_as_asked_for_are_tested() -> None:
    task, seed = NoRegularities(7, "iid", "every_step"), 5
    starts = task.sample(generator(seed, "criterion", 0), 0, DRAW).ids[:, 0]
    first_y = int(np.flatnonzero(starts == 7)[0])
    assert first_y > 0
    for n, expected in ((first_y, True), (first_y + 1, False)):
        params = Params({"error": ()}, np.array([[0.5]]))
        frozen = FrozenTest(Recital(key=7), LOSS, task, [seed], params)  # type: ignore[arg-type]
        assert frozen.passes(0.25, "end", n).tolist() == [expected]


def test_what_failed_last_is_tested_first() -> None:
    net, task = Recital(key=7), NoRegularities(7, "iid", "every_step")
    frozen = FrozenTest(net, LOSS, task, [3, 4], Params({"error": ()}, np.array([[0.5], [0.5]])))  # type: ignore[arg-type]
    assert frozen.passes(0.25, "end", 500).tolist() == [False, False]
    net.seen.clear()
    assert frozen.passes(0.25, "end", 500).tolist() == [False, False]
    assert net.seen == [2]
    frozen.keep(np.array([1]), Params({"error": ()}, np.array([[0.1]])))
    assert frozen.passes(0.25, "end", 500).tolist() == [True]


def test_what_another_seed_failed_is_not_tested() -> None:
    task = NoRegularities(7, "iid", "every_step")
    first_y = {s: int((task.sample(generator(s, "criterion", 0), 0, DRAW).ids[:, 0] == 7).argmax()) for s in range(20)}
    fails, passing = (next(s for s, n in first_y.items() if (n > 0) == later) for later in (False, True))
    params = Params({"error": ()}, np.array([[0.5], [0.5]]))
    frozen = FrozenTest(Recital(key=7), LOSS, task, [fails, passing], params)  # type: ignore[arg-type]
    assert frozen.passes(0.25, "end", first_y[passing]).tolist() == [False, True]
    frozen.keep(np.array([1]), params.take(np.array([1])))
    assert frozen.passes(0.25, "end", first_y[passing]).tolist() == [True]
    assert frozen.passes(0.25, "end", first_y[passing] + 1).tolist() == [False]


@pytest.mark.parametrize("place", ["every_step", "end"])
@pytest.mark.parametrize("task", [*TASKS, VeryLongLag(2, 3)], ids=str)
def test_agrees_with_brute_force(task: Task, place: str, make_cell: MakeCell) -> None:
    model, n, n_seeds = make_cell("model.hidden_size=5").model, 10_000 if isinstance(task, FiniteTask) else 700, 12
    params = model.init([generator(s, "init") for s in range(n_seeds)], task.n_inputs, task.n_outputs, "float64")
    params.flat[:] *= np.linspace(0.5, 8, n_seeds)[:, None]
    largest = np.zeros(n_seeds)
    for s in range(n_seeds):
        for part in range(-(-n // DRAW)):
            batch = task.sample(generator(s, "criterion", part), part * DRAW, DRAW)[: n - part * DRAW]
            alone = Params(params.shapes, np.repeat(params.flat[s : s + 1], len(batch.ids), axis=0))
            errors = LOSS.outputs(model.forward(alone, batch)[0])
            np.put_along_axis(
                errors, batch.targets[..., None], np.take_along_axis(errors, batch.targets[..., None], -1) - 1, axis=-1
            )
            errors = np.abs(errors) if place == "every_step" else np.abs(errors[batch.last])
            largest[s] = max(largest[s], errors.max())
    for threshold in np.sort(largest)[[2, 6, 9]] + 1e-6:
        frozen = FrozenTest(model, LOSS, task, range(n_seeds), params)
        first = frozen.passes(threshold, place, n)
        np.testing.assert_array_equal(first, largest < threshold)
        np.testing.assert_array_equal(frozen.passes(threshold, place, n), first)
        assert 0 < first.sum() < n_seeds


def test_nets_are_confirmed_on_the_same_sequences_of_the_criterion_s_own_whenever_they_are_asked() -> None:
    task, seeds = NoRegularities(7, "iid", "every_step"), [3, 4, 5, 6]
    params = Params({"error": ()}, np.array([[0.999], [0.999], [0.999], [0.1]]))
    frozen = FrozenTest(Recital(key=7), LOSS, task, seeds, params)  # type: ignore[arg-type]
    share = [(task.sample(generator(s, "criterion", 0), 0, 40).ids[:, 0] != 7).mean() for s in seeds[:3]] + [1]
    assert len(set(share)) == 4
    for which in ([True, False, True, True], [True, True, True, False], [True, False, True, True]):
        found = frozen.accuracy(40, np.array(which))
        assert found.tolist() == pytest.approx([s for s, asked in zip(share, which, strict=True) if asked], rel=1e-12)
    frozen.keep(np.array([2]), params.take(np.array([2])))
    assert frozen.accuracy(40, np.ones(1, bool)).tolist() == pytest.approx(share[2:3], rel=1e-12)
