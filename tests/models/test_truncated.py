"""Truncated gradients: central differences of a net whose cut connections carry recorded constants."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from lagrun.interfaces import StepModel
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from tests.conftest import MakeCell
from tests.helpers import central_differences, passes, random_batch, step_passes

Weights = dict[str, np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def lstm(weights: Weights, ids: np.ndarray, cut: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Logits and hidden states; the gates see `cut` instead of the hidden state before, where it is given."""
    n_hidden = len(weights["W_hidden_gates"])
    h, c, states = np.zeros(n_hidden), np.zeros(n_hidden), [np.zeros(n_hidden)]
    for t, symbol in enumerate(ids):
        before = h if cut is None else cut[t]
        net = weights["W_input_gates"][symbol] + before @ weights["W_hidden_gates"] + weights["b_gates"]
        o, i, f, g = np.split(net, 4)
        c = sigmoid(i) * np.tanh(g) + sigmoid(f) * c
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states[1:]) @ weights["W_hidden_output"], np.array(states)


def lstm1997(
    weights: Weights, ids: np.ndarray, cut: np.ndarray | None, output_gate: bool, block_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and hidden activations; hidden units see `cut` instead of those before, where it is given."""
    n_cells, n_hidden = len(weights["W_cell_output"]), len(weights["W_hidden_hidden"])
    n_blocks = n_cells // block_size
    before, s_c, states, logits = np.zeros(n_hidden), np.zeros(n_cells), [np.zeros(n_hidden)], []
    for t, symbol in enumerate(ids):
        if cut is not None:
            before = cut[t]
        net = weights["W_input_hidden"][symbol] + before @ weights["W_hidden_hidden"]
        gates = sigmoid(net[:-n_cells])
        y_in, y_out = gates[:n_blocks], gates[n_blocks:] if output_gate else np.ones(n_blocks)
        s_c = s_c + np.repeat(y_in, block_size) * (4 * sigmoid(net[-n_cells:]) - 2)
        y_c = np.repeat(y_out, block_size) * (2 * sigmoid(s_c) - 1)
        before = np.concatenate([gates, y_c])
        states.append(before)
        logits.append(y_c @ weights["W_cell_output"] + weights["W_input_output"][symbol])
    return np.array(logits), np.array(states)


#: Errors at all steps or at the end, of sequences of one length or of several.
KINDS = ["full", "end", pytest.param("padded", marks=pytest.mark.slow), "padded end"]


@pytest.mark.parametrize("kind", KINDS)
def test_lstm(kind: str, make_cell: MakeCell) -> None:
    settings = ("model=lstm", "model.hidden_size=3", "loss=squared_error")
    assert_truncated(make_cell(*settings, "model.gradient=truncated"), make_cell(*settings), lstm, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", pytest.param("end", marks=pytest.mark.slow), *KINDS[2:]])
@pytest.mark.parametrize("shape", ["model.output_gate=false", "model.output_gate=true model.block_size=2"])
def test_lstm1997(shape: str, kind: str, make_cell: MakeCell) -> None:
    settings = ("model=lstm1997", "model.n_blocks=2", *shape.split(), "model.hidden_recurrence=true")
    settings += ("model.squash_cell_input=logistic_2", "model.squash_cell_output=logistic_1", "loss=squared_error")
    truncated = make_cell(*settings)
    net = partial(lstm1997, output_gate=truncated.model.output_gate, block_size=truncated.model.block_size)  # type: ignore[attr-defined]
    assert_truncated(truncated, make_cell(*settings, "model.gradient=full"), net, kind)


def assert_truncated(
    cell: Experiment, full: Experiment, net: Callable[..., tuple[np.ndarray, np.ndarray]], kind: str
) -> None:
    """Compare every way in which the cell's model finds its gradient with differences of the net that is cut."""
    n_seeds = 2
    params = cell.model.init([np.random.default_rng(s) for s in range(n_seeds)], 9, 9, "float64")
    params.flat[:] += 0.6 * np.random.default_rng(1).normal(size=params.flat.shape)
    batch = random_batch(n_seeds, 8, 9, kind)
    weights = np.where(batch.scored, np.linspace(1, 5, batch.scored.size).reshape(batch.scored.shape), 0)
    cuts = [net(row(params, s), batch.ids[s], None)[1] for s in range(n_seeds)]

    def dlogits(logits: np.ndarray, steps: Any) -> np.ndarray:
        return cell.loss(logits, batch.targets[steps], weights[steps])[1]

    def error(moved: Params) -> np.ndarray:
        logits = np.array([net(row(moved, s), batch.ids[s], cuts[s])[0] for s in range(n_seeds)])
        if batch.only_at_end:
            logits = logits[np.arange(n_seeds), batch.lengths - 1][:, None]
        return (weights * cell.loss(logits, batch.targets, weights)[0]).sum(-1)

    expected = central_differences(error, params)
    ways = (passes, step_passes) if isinstance(cell.model, StepModel) else (passes,)
    for way in ways:
        np.testing.assert_allclose(way(cell.model, params, batch, dlogits)[1], expected, rtol=1e-5, atol=1e-7)
    exact = passes(full.model, params, batch, dlogits)[1]
    assert np.abs(exact - expected).max() > 1e-3  # the cut matters

    def whole_error(moved: Params) -> np.ndarray:
        return (weights * cell.loss(cell.model.forward(moved, batch)[0], batch.targets, weights)[0]).sum(-1)

    np.testing.assert_allclose(exact, central_differences(whole_error, params), rtol=1e-5, atol=1e-7)


def row(params: Params, s: int) -> Weights:
    return {name: params[name][s] for name in params}
