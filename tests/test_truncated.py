"""Truncated gradients: central differences of a net whose cut connections carry recorded constants."""

from collections.abc import Callable

import numpy as np

from lagrun.cell import Cell
from lagrun.params import Params
from tests.helpers import central_differences, random_batch

MakeCell = Callable[..., Cell]
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


def test_lstm(make_cell: MakeCell) -> None:
    cell = make_cell("model=lstm", "model.gradient=truncated", "model.hidden_size=3", "task.p=8", "loss=squared_error")
    params = cell.model.init([np.random.default_rng(0)], 9, 9, "float64")
    params.flat[:] += 0.4 * np.random.default_rng(1).normal(size=params.flat.shape)
    batch, weights = random_batch(1, 8, 9), np.linspace(1, 5, 8)[None]
    logits, tape = cell.model.forward(params, batch)
    np.testing.assert_allclose(logits[0], lstm(_row(params), batch.ids[0], None)[0], rtol=1e-12)
    _, dlogits = cell.loss(logits, batch.targets, weights)
    out = params.like()
    cell.model.grads(params, batch, tape, dlogits, out)

    cut = lstm(_row(params), batch.ids[0], None)[1]

    def error(moved: Params) -> np.ndarray:
        logits, _ = lstm(_row(moved), batch.ids[0], cut)
        return (weights * cell.loss(logits[None], batch.targets, weights)[0]).sum(-1)

    np.testing.assert_allclose(out.flat, central_differences(error, params), rtol=1e-6, atol=1e-8)
    full = params.like()
    other = make_cell("model=lstm", "model.hidden_size=3", "task.p=8")
    logits, tape = other.model.forward(params, batch)
    other.model.grads(params, batch, tape, cell.loss(logits, batch.targets, weights)[1], full)
    assert np.abs(full.flat - out.flat).max() > 1e-3  # the cut matters


def _row(params: Params) -> Weights:
    return {name: params[name][0] for name in params}
