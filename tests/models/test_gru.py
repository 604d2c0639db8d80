"""GRU: a hand-computed step, the update gate's convention, learning."""

from dataclasses import replace

import numpy as np
import pytest

from lagrun.checks import FieldError
from lagrun.interfaces import Batch
from lagrun.models.gru import GRU
from tests.conftest import MakeCell
from tests.helpers import run

NET = GRU(1, 0.1, 0.5, 0.1, 5.0, 0.0)


def test_two_steps_by_hand() -> None:
    # sigmoid(log 3) = 3/4, sigmoid(0) = 1/2, tanh(log 2) = 3/5
    log3, log2 = np.log(3), np.log(2)
    params = NET.init([np.random.default_rng(0)], 2, 2, "float64")
    params["W_input_gates"][0] = [[0, 0, log2], [log3 - 0.6, -0.9, log2 - 0.3]]
    params["W_hidden_gates"][0] = [[2, 3, 2]]
    params["b_gates"][0] = 0
    params["W_hidden_output"][0] = [[10, -20]]
    batch = Batch(np.array([[0, 1]]), np.array([[0, 1]]), np.ones((1, 2), bool), np.array([2]))
    logits, _ = NET.forward(params, batch)
    # step 1: z = 1/2, r = 1/2, g = 3/5; h = 1/2 * 0 + 1/2 * 3/5 = 0.3
    # step 2: z = sigmoid(log 3 - 0.6 + 0.3 * 2) = 3/4; r = sigmoid(-0.9 + 0.3 * 3) = 1/2
    #         g = tanh(log 2 - 0.3 + (1/2 * 0.3) * 2) = 3/5; h = 3/4 * 0.3 + 1/4 * 3/5 = 0.375
    np.testing.assert_allclose(logits[0], [[3, -6], [3.75, -7.5]], rtol=1e-14)


def test_a_large_bias_of_the_update_gate_keeps_the_state() -> None:
    net, symbols = replace(NET, hidden_size=6, update_gate_bias=30.0), np.array([[0, 1, 1, 1]])
    params = net.init([np.random.default_rng(0)], 2, 2, "float64")
    params["W_input_gates"][0, 0, :6] = -30  # open for symbol 0 alone
    batch = Batch(symbols, symbols, np.ones((1, 4), bool), np.array([4]))
    logits = net.forward(params, batch)[0][0]
    assert np.abs(logits[0]).min() > 1e-4
    np.testing.assert_allclose(logits[1:], [logits[0]] * 3, rtol=1e-9)


@pytest.mark.parametrize("name", ["input_scale", "recurrent_scale", "readout_scale", "update_gate_bias"])
def test_a_field_out_of_range_is_named(name: str) -> None:
    with pytest.raises(FieldError) as error:
        replace(NET, **{name: float("inf")})
    assert error.value.field == name


def test_a_short_lag_is_solved(make_cell: MakeCell) -> None:
    net = ("model=gru", "model.hidden_size=8", "task.p=5", "optimiser.learning_rate=0.02", "budget=1500")
    assert [result.outcome for result in run(make_cell(*net), range(6)).values()] == ["solved"] * 6
