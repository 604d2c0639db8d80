"""The plain loop of `lagrun.models.lstm1997`: one seed, one step, one block at a time, with one-hot inputs.

The truncated gradient is that of the appendix: sensitivities of the states are carried forward, and each step's error
is multiplied by them (equations 15 to 22). The full gradient goes backward through all connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lagrun.interfaces.plain_loop import Traces
from lagrun.models.lstm1997_layout import Layout
from lagrun.numerics.activations import LOGISTIC

Weights = Mapping[str, np.ndarray]


class LSTM1997Reference:
    """One net on one sequence; equations as in `lagrun.models.lstm1997`.

    Parameters
    ----------
    layout : Layout
        Blocks and squashing functions.
    full : bool
        Whether `grads` is the full gradient; that of `step_grads` is always truncated.
    """

    def __init__(self, layout: Layout, full: bool) -> None:
        self._layout, self._full = layout, full

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return len(weights["W_input_hidden"])

    def begin(self, weights: Weights, carry: Any) -> dict[str, Any]:
        """Reset everything."""
        layout, below = self._layout, _into_hidden(weights)
        return {
            "y_hidden": np.zeros(layout.n_hidden, like=below),
            "s_c": np.zeros(layout.n_cells, like=below),
            "ds_in": np.zeros((len(below), layout.n_cells), like=below),
            "ds_c": np.zeros((len(below), layout.n_cells), like=below),
        }

    def step(self, weights: Weights, carry: dict[str, Any], x: np.ndarray) -> np.ndarray:
        """Advance by one one-hot input, shape (V,); logits of shape (K,)."""
        layout, b = self._layout, self._layout.n_blocks
        below = np.concatenate([x, carry["y_hidden"]]) if "W_hidden_hidden" in weights else x
        net = below @ _into_hidden(weights)
        y_in = LOGISTIC(net[:b])
        y_out = LOGISTIC(net[b : 2 * b]) if layout.output_gate else np.ones(b)
        g = layout.cell_input(net[layout.n_gates :])
        s_c, y_c = carry["s_c"].copy(), np.zeros_like(carry["s_c"])
        for c in range(layout.n_cells):
            block = c // layout.block_size
            s_c[c] += y_in[block] * g[c]
            y_c[c] = y_out[block] * layout.cell_output(s_c[c : c + 1])[0]
            carry["ds_in"][:, c] += g[c] * y_in[block] * (1 - y_in[block]) * below
            carry["ds_c"][:, c] += y_in[block] * layout.cell_input.slope(g[c : c + 1])[0] * below
        gates = [y_in, y_out] if layout.output_gate else [y_in]
        carry |= {"x": x, "below": below, "y_in": y_in, "y_out": y_out, "g": g, "s_c": s_c, "y_c": y_c}
        carry["y_hidden"] = np.concatenate([*gates, y_c])
        return y_c @ weights["W_cell_output"] + (x @ weights["W_input_output"] if "W_input_output" in weights else 0.0)

    def step_grads(
        self, weights: Weights, carry: dict[str, Any], dlogits: np.ndarray, target: int = 0
    ) -> dict[str, np.ndarray]:
        """Truncated gradient of the last step's error, given the gradient of its logits, shape (K,)."""
        layout = self._layout
        into_hidden = np.zeros_like(_into_hidden(weights))
        dy_c = weights["W_cell_output"] @ dlogits
        h = layout.cell_output(carry["s_c"])
        for c in range(layout.n_cells):
            block = c // layout.block_size
            y_out = carry["y_out"][block]
            ds = dy_c[c] * y_out * layout.cell_output.slope(h[c : c + 1])[0]
            into_hidden[:, block] += ds * carry["ds_in"][:, c]
            into_hidden[:, layout.n_gates + c] += ds * carry["ds_c"][:, c]
            if layout.output_gate:
                into_hidden[:, layout.n_blocks + block] += dy_c[c] * h[c] * y_out * (1 - y_out) * carry["below"]
        grads = _split(weights, into_hidden)
        grads["W_cell_output"] = np.outer(carry["y_c"], dlogits)
        if "W_input_output" in weights:
            grads["W_input_output"] = np.outer(carry["x"], dlogits)
        return grads

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, list[dict[str, Any]]]:
        """Run the net on one-hot inputs, shape (T, V); return logits, shape (T, K), and the state after each step."""
        carry, logits, tape = self.begin(weights, None), [], []
        for x in inputs:
            logits.append(self.step(weights, carry, x))
            tape.append({name: np.copy(value) for name, value in carry.items()})
        return np.stack(logits), tape

    def traces(self, weights: Weights, tape: list[dict[str, Any]]) -> Traces:
        """Tell s_c of each cell, and y_in and y_out of its block, shape (T, C); see `Traced`."""
        size = self._layout.block_size
        y_in, y_out = (np.repeat([step[name] for step in tape], size, axis=1) for name in ("y_in", "y_out"))
        gates = {"input gate": y_in} | ({"output gate": y_out} if self._layout.output_gate else {})
        return Traces({"internal state": np.array([step["s_c"] for step in tape])}, gates, {"input gate": y_in})

    def grads(self, weights: Weights, tape: list[dict[str, Any]], dlogits: np.ndarray) -> dict[str, np.ndarray]:
        """Gradient of every weight, given that of all logits, shape (T, K)."""
        if self._full and "W_hidden_hidden" in weights:
            return self._full_grads(weights, tape, dlogits)
        steps = [self.step_grads(weights, carry, dlogit) for carry, dlogit in zip(tape, dlogits, strict=True)]
        return {name: np.sum(np.stack([step[name] for step in steps]), axis=0) for name in weights}

    def _full_grads(self, weights: Weights, tape: list[dict[str, Any]], dlogits: np.ndarray) -> dict[str, np.ndarray]:
        layout, b, n = self._layout, self._layout.n_blocks, self._layout.block_size
        grads = {name: np.zeros_like(value) for name, value in weights.items()}
        into_hidden, dy_later, ds = np.zeros_like(_into_hidden(weights)), np.zeros(layout.n_hidden), 0.0
        for carry, dlogit in zip(reversed(tape), dlogits[::-1], strict=True):
            y_in, y_out, g, h = carry["y_in"], carry["y_out"], carry["g"], layout.cell_output(carry["s_c"])
            dy_c = weights["W_cell_output"] @ dlogit + dy_later[layout.n_gates :]
            ds = ds + dy_c * np.repeat(y_out, n) * layout.cell_output.slope(h)
            dnet = np.zeros(layout.n_hidden, like=into_hidden)
            dnet[:b] = ((ds * g).reshape(b, n).sum(1) + dy_later[:b]) * y_in * (1 - y_in)
            if layout.output_gate:
                dnet[b : 2 * b] = ((dy_c * h).reshape(b, n).sum(1) + dy_later[b : 2 * b]) * y_out * (1 - y_out)
            dnet[layout.n_gates :] = ds * np.repeat(y_in, n) * layout.cell_input.slope(g)
            into_hidden += np.outer(carry["below"], dnet)
            dy_later = weights["W_hidden_hidden"] @ dnet
            grads["W_cell_output"] += np.outer(carry["y_c"], dlogit)
            if "W_input_output" in weights:
                grads["W_input_output"] += np.outer(carry["x"], dlogit)
        return grads | _split(weights, into_hidden)


def _into_hidden(weights: Weights) -> np.ndarray:
    """All weights into hidden units, one row for each unit that feeds them."""
    if "W_hidden_hidden" in weights:
        return np.concatenate([weights["W_input_hidden"], weights["W_hidden_hidden"]])
    return weights["W_input_hidden"]


def _split(weights: Weights, into_hidden: np.ndarray) -> dict[str, np.ndarray]:
    n_inputs = len(weights["W_input_hidden"])
    parts = {"W_input_hidden": into_hidden[:n_inputs]}
    if "W_hidden_hidden" in weights:
        parts["W_hidden_hidden"] = into_hidden[n_inputs:]
    return parts
