"""What every model of ``conf/model`` promises, in every dtype; a new model is tested by existing."""

from collections.abc import Callable

import numpy as np
import pytest

from lagrun.interfaces import BackwardModel, Batch, Model, StepModel
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.training.streams import generator
from tests.helpers import (
    compose_config,
    net,
    nets,
    one_batch,
    passes,
    random_batch,
    sized,
    skip_unless_it_goes_with,
    step_passes,
    with_more_padding,
)

pytestmark = pytest.mark.parametrize("name", nets())
MakeCell = Callable[..., Experiment]
KINDS = ["full", "end", "padded", "padded end"]


def by_rule(model: Model, params: Params, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Logits and gradient, given some gradient of the logits."""
    return passes(model, params, batch, lambda logits, steps: some_slopes(logits, batch.scored[steps]))


def by_steps(model: Model, params: Params, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """The same by the step form."""
    return step_passes(model, params, batch, lambda logits, steps: some_slopes(logits, batch.scored[steps]))


def some_slopes(logits: np.ndarray, scored: np.ndarray) -> np.ndarray:
    return np.where(scored[..., None], np.cos(7 * logits), 0).astype(logits.dtype)


def ways(model: Model) -> list[Callable[[Model, Params, Batch], tuple[np.ndarray, np.ndarray]]]:
    """All the ways in which a model finds its gradient."""
    return [by_rule, *([by_steps] if isinstance(model, StepModel) and isinstance(model, BackwardModel) else [])]


def start(cell: Experiment, n_seeds: int) -> Params:
    rngs = [generator(seed, "init") for seed in range(n_seeds)]
    return cell.model.init(rngs, cell.task.n_inputs, cell.task.n_outputs, cell.dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shapes_types_and_inputs_left_alone(name: str, dtype: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}")
    params, batch = start(cell, 3), one_batch(cell.task, 3)
    before, ids = params.flat.copy(), batch.ids.copy()
    logits, gradient = by_rule(cell.model, params, batch)
    assert logits.shape == (*batch.targets.shape, cell.task.n_outputs)
    assert gradient.shape == params.flat.shape
    assert logits.dtype == gradient.dtype == params.flat.dtype == np.dtype(dtype)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max(1).min() > 0
    np.testing.assert_array_equal(params.flat, before)
    np.testing.assert_array_equal(batch.ids, ids)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        *((kind, "float64") for kind in ("distinct", *KINDS)),
        *((kind, "float32") for kind in ("distinct", "padded")),
        *(pytest.param(kind, "float32", marks=pytest.mark.slow) for kind in KINDS if kind != "padded"),
    ],
)
def test_a_seed_alone_and_in_any_company_gives_the_same_bits(
    name: str, dtype: str, kind: str, make_cell: MakeCell
) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}", "task.p=23", *sized(name, 5))
    skip_unless_it_goes_with(cell.model, kind)
    params = start(cell, 33)
    batch = one_batch(cell.task, 33) if kind == "distinct" else random_batch(33, 23, 24, kind)
    inside = batch.scored
    for way in ways(cell.model):
        logits, gradient = way(cell.model, params, batch)
        for members in ([0], [32], [5, 1], [9, 3, 7, 2], list(range(20, 27)), list(reversed(range(30)))):
            index = np.array(members)
            some = way(cell.model, params.take(index), batch[index])
            np.testing.assert_array_equal(some[0][inside[index]], logits[index][inside[index]])
            np.testing.assert_array_equal(some[1], gradient[index])
            assert np.isfinite(some[1]).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["padded", "padded end"])
def test_more_padding_gives_the_same_bits(name: str, dtype: str, kind: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}", "task.p=23", *sized(name, 5))
    skip_unless_it_goes_with(cell.model, kind)
    params, batch = start(cell, 5), random_batch(5, 90, 24, kind)
    logits, gradient = by_rule(cell.model, params, batch)
    wider = by_rule(cell.model, params, with_more_padding(batch))
    inside = batch.scored
    np.testing.assert_array_equal(wider[0][:, : inside.shape[1]][inside], logits[inside])
    np.testing.assert_array_equal(wider[1], gradient)


def test_changing_one_seed_leaves_the_others_alone(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    params, batch = start(cell, 4), one_batch(cell.task, 4)
    logits, gradient = by_rule(cell.model, params, batch)
    params.flat[2] += 0.5
    logits2, gradient2 = by_rule(cell.model, params, batch)
    for s in range(4):
        assert (logits[s] == logits2[s]).all() == (s != 2)
        assert (gradient[s] == gradient2[s]).all() == (s != 2)


@pytest.mark.may_overflow
def test_a_seed_that_is_not_a_number_leaves_the_others_alone(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    params, batch = start(cell, 4), one_batch(cell.task, 4)
    logits, gradient = by_rule(cell.model, params, batch)
    params.flat[2] = np.nan
    logits2, gradient2 = by_rule(cell.model, params, batch)
    others = np.array([0, 1, 3])
    np.testing.assert_array_equal(logits[others], logits2[others])
    np.testing.assert_array_equal(gradient[others], gradient2[others])


def test_a_used_tape_or_carry_changes_nothing(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    model, params, batch, other = cell.model, start(cell, 3), one_batch(cell.task, 3), random_batch(3, 8, 9)
    fresh, _ = by_rule(model, params, batch)
    if isinstance(model, BackwardModel):
        _, tape = model.forward(params, other)
        model.grads(params, other, tape, np.ones((3, 8, 9)), params.like())
        np.testing.assert_array_equal(model.forward(params, batch, tape)[0], fresh)
    if isinstance(model, StepModel):
        fresh, _ = by_steps(model, params, batch)
        carry = model.begin(params, other, None)
        for t in range(8):
            model.step(params, carry, other, t)
        carry = model.begin(params, batch, carry)
        for t in range(8):
            np.testing.assert_array_equal(model.step(params, carry, batch, t), fresh[:, t])


def test_forward_is_what_the_steps_show(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    if not isinstance(cell.model, StepModel):
        pytest.skip("a rule for whole sequences")
    params, batch = start(cell, 3), random_batch(3, 8, 9)
    np.testing.assert_allclose(by_steps(cell.model, params, batch)[0], cell.model.forward(params, batch)[0], rtol=1e-12)


def test_both_forms_of_a_rule_agree(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    if len(ways(cell.model)) == 1:
        pytest.skip("one form only")
    params = start(cell, 3)
    for kind in KINDS:
        batch = random_batch(3, 8, 9, kind)
        whole, steps = by_rule(cell.model, params, batch)[1], by_steps(cell.model, params, batch)[1]
        np.testing.assert_allclose(steps, whole, rtol=1e-9, atol=1e-12)


def test_initial_weights_depend_on_the_seed_only(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    together, alone = start(cell, 3), cell.model.init([generator(1, "init")], 9, 9, cell.dtype)
    np.testing.assert_array_equal(together.flat[1], alone.flat[0])
    assert (together.flat[0] != together.flat[1]).any()
    assert compose_config(*net(name)).model._target_.split(".")[-2] == name.split()[0]
