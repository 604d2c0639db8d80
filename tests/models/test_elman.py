"""The paper's BPTT net: a hand-computed pass, weight counts, every variant's gradient, windows, learning."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from lagrun.checks import FieldError
from lagrun.engines.reference import Reference
from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.models import elman_net
from lagrun.models.elman import Elman
from lagrun.numerics.activations import SQUASHERS
from lagrun.tasks.noise_free import NoiseFree
from lagrun.testing.models import by_rule
from lagrun.training.admission import build
from tests.conftest import MakeCell
from tests.helpers import central_differences, compose_config, one_batch, random_batch, run
from tests.models.gradients import gradient, start, weighted_error

PAPER = Elman(1, "logistic", "layered", True, 0.2, "bptt", 10)
KINDS = ["full", "end", "padded", "padded end"]
VARIANTS = list(product(["layered", "sync"], ["logistic", "logistic_1", "tanh"], [True, False]))


@pytest.fixture(scope="module")
def composed() -> Experiment:
    return build(compose_config("model=elman", "loss=squared_error", "task.p=11"))


def variant(timing: str, squash: str, direct: bool, **fields: Any) -> Elman:
    return replace(PAPER, hidden_size=2, timing=timing, squash=squash, direct=direct, **fields)


def by_hand(model: Elman) -> tuple[np.ndarray, dict[str, list[Any]]]:
    """Logits, and gradients of dlogits (1, 0) at step 1 and (0, 1) at step 2, for inputs 0, 1."""
    weights = {
        "W_input_hidden": [[0], [np.log(3) - 1]],
        "W_hidden_hidden": [[2]],
        "W_hidden_output": [[4, -8]],
        "W_input_output": [[0.1, 0.2], [0.3, 0.4]],
    }
    params = model.init([np.random.default_rng(0)], 2, 2, "float64")
    for name, value in weights.items():
        params[name][0] = value
    batch = Batch(np.array([[0, 1]]), np.array([[0, 1]]), np.ones((1, 2), bool), np.array([2]))
    logits, tape = model.forward(params, batch)
    out = params.like()
    model.grads(params, batch, tape, np.array([[[1.0, 0.0], [0.0, 1.0]]]), out)
    return logits[0], {name: np.round(out[name][0], 12).tolist() for name in out}


# With f the logistic sigmoid, f(0) = 1/2, f'(0) = 1/4, f(log 3) = 3/4, f'(log 3) = 3/16:
#   h(1) = f(0)                           = 1/2
#   h(2) = f(log 3 - 1 + h(1) * 2)        = 3/4
# The errors reach the hidden unit as 4 (of step 1) and -8 (of step 2).


def test_layered_timing_by_hand() -> None:
    logits, grads = by_hand(PAPER)
    # step 1: 0.1 + 1/2 * 4, 0.2 + 1/2 * -8; step 2: 0.3 + 3/4 * 4, 0.4 + 3/4 * -8
    np.testing.assert_allclose(logits, [[2.1, -3.8], [3.3, -5.6]], rtol=1e-14)
    # dnet(2) = 3/16 * -8 = -1.5;  dnet(1) = 1/4 * (4 + 2 * -1.5) = 0.25
    assert grads["W_input_hidden"] == [[0.25], [-1.5]]
    assert grads["W_hidden_hidden"] == [[-0.75]]  # h(0) dnet(1) + h(1) dnet(2) = 0 + 1/2 * -1.5
    assert grads["W_hidden_output"] == [[0.5, 0.75]]  # h(1) for step 1, h(2) for step 2
    assert grads["W_input_output"] == [[1, 0], [0, 1]]


def test_sync_timing_by_hand() -> None:
    logits, grads = by_hand(replace(PAPER, timing="sync"))
    # step 1: h(0) = 0; step 2: 0.3 + 1/2 * 4, 0.4 + 1/2 * -8
    np.testing.assert_allclose(logits, [[0.1, 0.2], [2.3, -3.6]], rtol=1e-14)
    # Nothing sees h(2), so dnet(2) = 0; step 2 sees h(1): dnet(1) = 1/4 * -8 = -2
    assert grads["W_input_hidden"] == [[-2], [0]]
    assert grads["W_hidden_hidden"] == [[0]]  # h(0) dnet(1)
    assert grads["W_hidden_output"] == [[0, 0.5]]  # h(0) for step 1, h(1) for step 2
    assert grads["W_input_output"] == [[1, 0], [0, 1]]


def test_a_window_of_one_step_by_hand() -> None:
    _, grads = by_hand(replace(PAPER, gradient="truncated_window", window=1))
    assert grads["W_input_hidden"] == [[1], [-1.5]]  # dnet(1) = 1/4 * 4: without the error of step 2
    assert grads["W_hidden_hidden"] == [[-0.75]]


@pytest.mark.parametrize(("p", "n_weights"), [(100, 10_404), (10, 144), (4, 36)])
def test_as_many_weights_as_in_the_paper(p: int, n_weights: int) -> None:
    task = NoiseFree(p, "random", "every_step")
    params = PAPER.init([np.random.default_rng(0)], task.n_inputs, task.n_outputs, "float64")
    assert params.n_weights == n_weights
    assert list(params) == ["W_input_hidden", "W_hidden_hidden", "W_hidden_output", "W_input_output"]
    without = replace(PAPER, direct=False).init([np.random.default_rng(0)], task.n_inputs, task.n_outputs, "float64")
    assert without.n_weights == n_weights - (p + 1) ** 2


def test_initial_weights_are_uniform_and_drawn_in_storage_order() -> None:
    params = PAPER.init([np.random.default_rng(3)], 101, 101, "float64")
    np.testing.assert_array_equal(params.flat[0], np.random.default_rng(3).uniform(-0.2, 0.2, params.n_weights))


@pytest.mark.parametrize(("timing", "squash", "direct"), VARIANTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_by_central_differences_and_the_plain_loop(
    timing: str, squash: str, direct: bool, kind: str, composed: Experiment
) -> None:
    cell = replace(composed, model=variant(timing, squash, direct))
    params, batch = start(cell, 2, 0.7), random_batch(2, 7, 9, kind)
    weights = cell.loss_weighting(batch, params.flat.dtype)
    exact = gradient(cell, cell.model, params, batch, weights)
    numeric = central_differences(lambda moved: weighted_error(cell, cell.model, moved, batch, weights), params)
    np.testing.assert_allclose(exact.flat, numeric, rtol=2e-6, atol=2e-6)
    plain = gradient(cell, Reference().network(cell.model), params, batch, weights)
    np.testing.assert_allclose(exact.flat, plain.flat, rtol=1e-10, atol=1e-13)
    for array in exact.values():
        assert np.abs(array).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["distinct", *KINDS])
@pytest.mark.parametrize("hidden_size", [1, 3])
@pytest.mark.parametrize("fields", [{}, {"timing": "sync", "gradient": "truncated_window", "window": 4}], ids=str)
def test_few_units_give_the_same_bits_alone_in_company_and_with_broadcast_weights(
    fields: dict[str, Any], hidden_size: int, kind: str, dtype: str
) -> None:
    model, task = replace(PAPER, hidden_size=hidden_size, **fields), NoiseFree(23, "random", "every_step")
    batch = one_batch(task, 19) if kind == "distinct" else random_batch(19, 23, 24, kind)
    params = model.init([np.random.default_rng(s) for s in range(19)], 24, 24, dtype)
    logits, grads = by_rule(model, params, batch)
    assert np.isfinite(grads).all()  # every weight's gradient was written
    for members in ([0], [18], [7, 2], list(range(4, 17))):
        some = by_rule(model, params.take(np.array(members)), batch[np.array(members)])
        np.testing.assert_array_equal(some[0], logits[members])
        np.testing.assert_array_equal(some[1], grads[members])
    repeated = Params(params.shapes, np.repeat(params.flat[:1], 19, axis=0))
    broadcast = Params(params.shapes, np.broadcast_to(params.flat[0], params.flat.shape))
    np.testing.assert_array_equal(model.forward(broadcast, batch)[0], model.forward(repeated, batch)[0])


@pytest.mark.parametrize("timing", ["layered", "sync"])
@pytest.mark.parametrize("kind", ["full", "end"])
def test_errors_of_states_that_no_output_sees_are_zero(kind: str, timing: str) -> None:
    batch, rng = random_batch(2, 4, 3, kind), np.random.default_rng(0)
    dlogits, w_hidden, out = rng.random((*batch.targets.shape, 3)), rng.random((2, 2, 3)), np.full((2, 5, 2), np.nan)
    elman_net.state_errors(batch, dlogits, w_hidden, timing, out)
    unseen = [0] if timing == "layered" else [4]
    if kind == "end":
        unseen = [0, 1, 2, 3] if timing == "layered" else [0, 1, 2, 4]
    assert (out == 0).all((0, 2)).nonzero()[0].tolist() == unseen
    assert np.isfinite(out).all()


@pytest.mark.parametrize("timing", ["layered", "sync"])
@pytest.mark.parametrize("window", [12, 13, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_window_as_long_as_the_sequence_is_the_whole_gradient(
    kind: str, window: int, timing: str, composed: Experiment
) -> None:
    whole = variant(timing, "tanh", True)
    cell = replace(composed, model=whole)
    params, batch = start(cell, 3, 0.7), random_batch(3, 12, 12, kind)
    weights = cell.loss_weighting(batch, params.flat.dtype)
    windowed = replace(whole, gradient="truncated_window", window=window)
    expected, ours = (gradient(cell, model, params, batch, weights).flat for model in (whole, windowed))
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


def unrolled(model: Elman, weights: dict[str, np.ndarray], ids: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Logits of every step, from a state recorded `window` steps before the one that the outputs see."""
    logits = []
    for t in range(1, len(ids) + 1):
        seen = t if model.timing == "layered" else t - 1
        first = max(seen - model.window, 0)
        h = states[first]
        for symbol in ids[first:seen]:
            h = SQUASHERS[model.squash](weights["W_input_hidden"][symbol] + h @ weights["W_hidden_hidden"])
        logits.append(weights["W_input_output"][ids[t - 1]] + h @ weights["W_hidden_output"])
    return np.array(logits)


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("timing", ["layered", "sync"])
def test_a_window_is_the_slope_with_the_state_before_it_held_fixed(
    timing: str, window: int, composed: Experiment
) -> None:
    model = variant(timing, "logistic_1", True, gradient="truncated_window", window=window)
    cell = replace(composed, model=model)
    params, batch = start(cell, 1, 0.9), random_batch(1, 9, 9)
    weights = np.linspace(1, 5, 9)[None]
    states = model.forward(params, batch)[1].states.by_seed[0].copy()

    def error(moved: Params) -> np.ndarray:
        logits = unrolled(model, {name: moved[name][0] for name in moved}, batch.ids[0], states)
        return (weights * cell.loss(logits[None], batch.targets, weights)[0]).sum(-1)

    ours = gradient(cell, model, params, batch, weights)
    np.testing.assert_allclose(ours.flat, central_differences(error, params), rtol=1e-6, atol=1e-8)
    plain = gradient(cell, Reference().network(model), params, batch, weights)
    np.testing.assert_allclose(ours.flat, plain.flat, rtol=1e-10, atol=1e-13)
    whole = gradient(cell, replace(model, gradient="bptt"), params, batch, weights)
    assert np.abs(ours.flat - whole.flat).max() > 1e-3  # the cut matters


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hidden_size", 0),
        ("squash", "logistic_2"),
        ("timing", "late"),
        ("init_range", -0.1),
        ("init_range", float("nan")),
        ("init_range", float("inf")),
        ("gradient", "full"),
        ("window", 0),
    ],
)
def test_a_field_out_of_range_is_named(field: str, value: Any) -> None:
    with pytest.raises(FieldError) as error:
        replace(PAPER, **{field: value})
    assert error.value.field == field


def test_a_modern_recipe_solves_a_short_lag(make_cell: MakeCell) -> None:
    net = ("model=elman", "model.hidden_size=8", "model.squash=tanh")
    results = run(make_cell(*net, "task.p=5", "optimiser.learning_rate=0.02", "budget=1500"), range(6))
    assert [result.outcome for result in results.values()] == ["solved"] * 6


def test_as_printed_it_learns_the_easy_steps(make_cell: MakeCell) -> None:
    settings = ("model=elman", "model.hidden_size=1", "task.p=10", "loss=squared_error", "loss_weighting=uniform")
    settings += ("optimiser=sgd", "optimiser.learning_rate=1", "optimiser.clip_norm=null", "budget=1000")
    results = run(make_cell(*settings, "criterion=max_abs_error"), range(6))
    assert all(result.outcome == "budget" for result in results.values())
    assert all(result.final_per_step_accuracy >= 0.9 for result in results.values())  # all steps but the last
