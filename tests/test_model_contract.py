"""What every model of ``conf/model`` promises, in every dtype; a new model is tested by existing."""

from collections.abc import Callable

import numpy as np
import pytest

from lagrun.cell import Cell
from lagrun.interfaces import Batch, Model
from lagrun.params import Params
from lagrun.seeds import generator
from tests.helpers import compose_config, one_batch, options, random_batch, with_more_padding

pytestmark = pytest.mark.parametrize("name", options("model"))
MakeCell = Callable[..., Cell]
KINDS = ["full", "end", "padded", "padded end"]


def passes(model: Model, params: Params, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """One forward and backward pass; copies of logits and gradient."""
    logits, tape = model.forward(params, batch)
    logits = logits.copy()
    out = params.like()
    out.flat[:] = np.nan  # whatever is not written shows
    model.grads(params, batch, tape, np.where(batch.scored[..., None], np.cos(7 * logits), 0).astype(logits.dtype), out)
    return logits, out.flat


def start(cell: Cell, n_seeds: int) -> Params:
    rngs = [generator(seed, "init") for seed in range(n_seeds)]
    return cell.model.init(rngs, cell.task.n_inputs, cell.task.n_outputs, cell.dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shapes_types_and_inputs_left_alone(name: str, dtype: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}", f"dtype={dtype}")
    params, batch = start(cell, 3), one_batch(cell.task, 3)
    before, ids = params.flat.copy(), batch.ids.copy()
    logits, gradient = passes(cell.model, params, batch)
    assert logits.shape == (*batch.targets.shape, cell.task.n_outputs)
    assert gradient.shape == params.flat.shape
    assert logits.dtype == gradient.dtype == params.flat.dtype == np.dtype(dtype)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max(1).min() > 0
    np.testing.assert_array_equal(params.flat, before)
    np.testing.assert_array_equal(batch.ids, ids)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["distinct", *KINDS])
def test_a_seed_alone_and_in_any_company_gives_the_same_bits(
    name: str, dtype: str, kind: str, make_cell: MakeCell
) -> None:
    cell = make_cell(f"model={name}", f"dtype={dtype}", "task.p=23", "model.hidden_size=5")
    params = start(cell, 33)
    batch = one_batch(cell.task, 33) if kind == "distinct" else random_batch(33, 23, 24, kind)
    logits, gradient = passes(cell.model, params, batch)
    for members in ([0], [32], [5, 1], [9, 3, 7, 2], list(range(20, 27)), list(reversed(range(30)))):
        index = np.array(members)
        some = passes(cell.model, params.take(index), batch[index])
        np.testing.assert_array_equal(some[0], logits[index])
        np.testing.assert_array_equal(some[1], gradient[index])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["padded", "padded end"])
def test_more_padding_gives_the_same_bits(name: str, dtype: str, kind: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}", f"dtype={dtype}", "task.p=23", "model.hidden_size=5")
    params, batch = start(cell, 5), random_batch(5, 90, 24, kind)
    logits, gradient = passes(cell.model, params, batch)
    wider = passes(cell.model, params, with_more_padding(batch))
    inside = batch.scored
    np.testing.assert_array_equal(wider[0][:, : inside.shape[1]][inside], logits[inside])
    np.testing.assert_array_equal(wider[1], gradient)


def test_changing_one_seed_leaves_the_others_alone(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}")
    params, batch = start(cell, 4), one_batch(cell.task, 4)
    logits, gradient = passes(cell.model, params, batch)
    params.flat[2] += 0.5
    logits2, gradient2 = passes(cell.model, params, batch)
    for s in range(4):
        assert (logits[s] == logits2[s]).all() == (s != 2)
        assert (gradient[s] == gradient2[s]).all() == (s != 2)


@pytest.mark.may_overflow
def test_a_seed_that_is_not_a_number_leaves_the_others_alone(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}")
    params, batch = start(cell, 4), one_batch(cell.task, 4)
    logits, gradient = passes(cell.model, params, batch)
    params.flat[2] = np.nan
    logits2, gradient2 = passes(cell.model, params, batch)
    others = np.array([0, 1, 3])
    np.testing.assert_array_equal(logits[others], logits2[others])
    np.testing.assert_array_equal(gradient[others], gradient2[others])


def test_a_used_tape_changes_nothing(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}")
    params = start(cell, 3)
    fresh = passes(cell.model, params, one_batch(cell.task, 3))
    _, tape = cell.model.forward(params, random_batch(3, 8, 9))
    out = params.like()
    cell.model.grads(params, random_batch(3, 8, 9), tape, np.ones((3, 8, 9)), out)
    logits, tape = cell.model.forward(params, one_batch(cell.task, 3), tape)
    np.testing.assert_array_equal(logits, fresh[0])


def test_initial_weights_depend_on_the_seed_only(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(f"model={name}")
    together, alone = start(cell, 3), cell.model.init([generator(1, "init")], 9, 9, cell.dtype)
    np.testing.assert_array_equal(together.flat[1], alone.flat[0])
    assert (together.flat[0] != together.flat[1]).any()
    assert compose_config(f"model={name}").model._target_.split(".")[-2] == name
