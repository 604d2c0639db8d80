"""Real-time recurrent learning: the gradient of back-propagation through time, found forward."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lagrun.checks import FieldError
from lagrun.engines.reference import Reference
from lagrun.interfaces import StepModel
from lagrun.interfaces.params import Params
from lagrun.models.rtrl import RTRL
from lagrun.training.admission import build
from lagrun.training.streams import generator
from tests.conftest import MakeCell
from tests.helpers import compose_config, in_order, passes, random_batch, step_passes

PAPER = ("model=rtrl", "loss=squared_error", "loss_weighting=uniform", "optimiser=sgd", "optimiser.clip_norm=null")


@pytest.mark.parametrize("hidden_size", [1, 3])
@pytest.mark.parametrize("timing", ["layered", "sync"])
@pytest.mark.parametrize("squash", ["logistic", "logistic_1", "tanh"])
@pytest.mark.parametrize("kind", [pytest.param("full", marks=pytest.mark.slow), "padded", "padded end"])
def test_agrees_with_back_propagation_through_time(
    hidden_size: int, timing: str, squash: str, kind: str, make_cell: MakeCell
) -> None:
    settings = (f"model.hidden_size={hidden_size}", f"model.timing={timing}", f"model.squash={squash}")
    rtrl, bptt = (make_cell(f"model={name}", *settings).model for name in ("rtrl", "elman"))
    params = rtrl.init([generator(s, "init") for s in range(3)], 9, 9, "float64")
    params.flat[:] += np.random.default_rng(0).normal(size=params.flat.shape)
    batch = random_batch(3, 12, 9, kind)

    def dlogits(logits: np.ndarray, steps: Any) -> np.ndarray:
        return np.where(batch.scored[steps][..., None], np.cos(7 * logits), 0)

    forward, backward = step_passes(rtrl, params, batch, dlogits)[1], passes(bptt, params, batch, dlogits)[1]
    np.testing.assert_allclose(forward, backward, rtol=1e-9, atol=1e-12)
    recurrent = Params(params.shapes, forward)["W_hidden_hidden"]
    assert np.abs(recurrent).min() > 1e-6


def test_two_steps_by_hand() -> None:
    # One unit, h = f(net); f(0) = 1/2, f(ln 3) = 3/4. Inputs 0, then 1; w = (0, 0), r = 2 ln 3:
    # net(1) = w[0] = 0, h(1) = 1/2; net(2) = w[1] + r h(1) = ln 3, h(2) = 3/4.
    # P(1): dh/dw[0] = f' = 1/4, the rest 0 (h(0) = 0).
    # P(2): f' = 3/16: dh/dw[0] = 3/16 * 2 ln 3 * 1/4, dh/dw[1] = 3/16, dh/dr = 3/16 * 1/2.
    model = build(compose_config("model=rtrl")).model
    assert isinstance(model, StepModel)
    params = model.init([generator(0, "init")], 2, 1, "float64")
    params["W_input_hidden"][0], params["W_hidden_hidden"][0] = [[0], [0]], 2 * np.log(3)
    params["W_hidden_output"][0], params["W_input_output"][0] = 1, [[0], [0]]
    batch = random_batch(1, 2, 2)
    batch.ids[:] = [0, 1]
    carry = model.begin(params, batch, None)
    assert model.step(params, carry, batch, 0)[0, 0] == pytest.approx(1 / 2)
    np.testing.assert_allclose(carry["P"][0, 0], [1 / 4, 0, 0])
    assert model.step(params, carry, batch, 1)[0, 0] == pytest.approx(3 / 4)
    np.testing.assert_allclose(carry["P"][0, 0], [3 / 32 * np.log(3), 3 / 16, 3 / 32])


@pytest.mark.parametrize("hidden_size", [1, 2])
@pytest.mark.parametrize("sensitivities", ["reset", "kept"])
def test_the_plain_loop_agrees_after_training(hidden_size: int, sensitivities: str, make_cell: MakeCell) -> None:
    settings = (f"model.sensitivities={sensitivities}", f"model.hidden_size={hidden_size}", "model.timing=sync")
    ours = make_cell(*PAPER, *settings, "updates=step", "budget=20", "optimiser.learning_rate=2")
    plain = make_cell(*PAPER, *settings, "updates=step", "budget=20", "optimiser.learning_rate=2", engine=Reference())
    for one, other in zip(in_order(ours, 2), in_order(plain, 2), strict=True):
        np.testing.assert_allclose(one.params.flat, other.params.flat, rtol=1e-9)


def test_kept_sensitivities_matter(make_cell: MakeCell) -> None:
    kept, reset = (
        in_order(make_cell(*PAPER, "updates=step", "budget=5", f"model.sensitivities={word}"), 1)[0]
        for word in ("kept", "reset")
    )
    assert (kept.params["W_input_hidden"] != reset.params["W_input_hidden"]).any()


def test_kept_sensitivities_are_those_of_a_sequences_own_end(make_cell: MakeCell) -> None:
    model = make_cell("model=rtrl", "model.sensitivities=kept").model
    assert isinstance(model, StepModel)
    batch = random_batch(4, 12, 9, "padded")
    params = model.init([generator(s, "init") for s in range(4)], 9, 9, "float64")
    together = model.begin(params, batch, None)
    for t in range(12):
        model.step(params, together, batch, t)
    for s in range(4):
        alone, row = batch[s : s + 1], params.take(np.array([s]))
        carry = model.begin(row, alone, None)
        for t in range(int(alone.lengths[0])):
            model.step(row, carry, alone, t)
        np.testing.assert_array_equal(carry["P"][0], together["P"][s])


@pytest.mark.parametrize("hidden_size", [1, 2])
def test_sensitivities_that_grow_stop_at_a_sequences_own_end(hidden_size: int, make_cell: MakeCell) -> None:
    model = make_cell("model=rtrl", f"model.hidden_size={hidden_size}", "model.squash=tanh").model
    params = model.init([generator(s, "init") for s in range(2)], 9, 9, "float64")
    params["W_input_hidden"][:], params["W_hidden_hidden"][:] = 0.0, 1e6  # h stays 0, P grows a million times a step
    batch = random_batch(2, 70, 9, "padded end")
    batch.lengths[:] = 3, 70
    short = replace(batch[:1], ids=batch.ids[:1, :64])

    def dlogits(logits: np.ndarray, steps: Any) -> np.ndarray:
        return np.ones_like(logits)

    with np.errstate(over="ignore", invalid="ignore"):  # of the long sequence
        together = step_passes(model, params, batch, dlogits)[1]
    alone = step_passes(model, params.take(np.array([0])), short, dlogits)[1]
    np.testing.assert_array_equal(together[0], alone[0])
    assert np.isfinite(together[0]).all()


def test_p_3_is_solved_where_outputs_see_the_state_before(make_cell: MakeCell) -> None:
    settings = ("updates=step", "task.p=3", "model.timing=sync", "optimiser.learning_rate=10", "budget=4000")
    cell = make_cell(*PAPER, *settings, "criterion=max_abs_error", "criterion.check_every=100")
    assert [result.outcome for result in in_order(cell, 4)] == ["solved"] * 4


def test_the_easy_steps_of_p_10_are_learnt(make_cell: MakeCell) -> None:
    settings = ("updates=step", "task.p=10", "optimiser.learning_rate=1", "budget=1500")
    for result in in_order(make_cell(*PAPER, *settings, "criterion=max_abs_error"), 2):
        assert result.outcome == "budget"
        assert result.final_per_step_accuracy >= 0.9
        assert result.final_last_step_accuracy < 0.8


def test_refuses() -> None:
    fields = {str(key): value for key, value in compose_config("model=rtrl").model.items() if key != "_target_"}
    for field, value in (("sensitivities", "lost"), ("hidden_size", 0), ("timing", "late"), ("squash", "identity")):
        with pytest.raises(FieldError) as error:
            RTRL(**fields | {field: value})
        assert error.value.field == field
