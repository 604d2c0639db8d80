"""The plain loop of `lagrun.models.lstm`: one seed, one step at a time, one-hot inputs, outer products.

It is for reading beside the equations, and for checking the lockstep model, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lagrun.interfaces.plain_loop import Traces

Weights = Mapping[str, np.ndarray]


class LSTMReference:
    """Forward and backward pass of one forget-gate LSTM on one sequence; equations as in `lagrun.models.lstm`.

    Parameters
    ----------
    truncated : bool
        Whether errors flow back in time only from cell state to cell state.
    """

    def __init__(self, truncated: bool) -> None:
        self._truncated = truncated

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return len(weights["W_input_gates"])

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, list[dict[str, np.ndarray]]]:
        """Run the net.

        Parameters
        ----------
        weights : mapping
            ``W_input_gates`` (V, 4H), ``W_hidden_gates`` (H, 4H), ``b_gates`` (4H,), ``W_hidden_output`` (H, K), and
            ``b_output`` (K,) if outputs have biases.
        inputs : np.ndarray, shape (T, V)
            One-hot inputs.

        Returns
        -------
        logits : np.ndarray, shape (T, K)
        tape : list of dict
            The activations of every step.
        """
        n_hidden = len(weights["W_hidden_gates"])
        h, c = np.zeros(n_hidden), np.zeros(n_hidden)
        logits, tape = [], []
        for x in inputs:
            net = x @ weights["W_input_gates"] + h @ weights["W_hidden_gates"] + weights["b_gates"]
            net_o, net_i, net_f, net_g = np.split(net, 4)
            o, i, f, g = _sigmoid(net_o), _sigmoid(net_i), _sigmoid(net_f), np.tanh(net_g)
            step = {"x": x, "h_before": h, "c_before": c, "o": o, "i": i, "f": f, "g": g}
            c = i * g + f * c  # (1)
            h = o * np.tanh(c)  # (2)
            logit = h @ weights["W_hidden_output"]
            logits.append(logit + weights["b_output"] if "b_output" in weights else logit)  # (3)
            tape.append(step | {"h": h, "c": c})
        return np.stack(logits), tape

    def traces(self, weights: Weights, tape: list[dict[str, np.ndarray]]) -> Traces:
        """Tell c, i, f and o of every step, shape (T, H); see `lagrun.interfaces.plain_loop.Traced`."""
        c, i, f, o = (np.array([step[name] for step in tape]) for name in "cifo")
        return Traces({"cell state": c}, {"input gate": i, "forget gate": f, "output gate": o}, {"input gate": i})

    def grads(self, weights: Weights, tape: list[dict[str, np.ndarray]], dlogits: np.ndarray) -> dict[str, np.ndarray]:
        """Back-propagate through time.

        Parameters
        ----------
        weights, tape
            What `forward` was given and returned.
        dlogits : np.ndarray, shape (T, K)
            Gradient of the error with respect to the logits.

        Returns
        -------
        dict of np.ndarray
            Gradient of every weight, keys as in `weights`.
        """
        grads = {name: np.zeros_like(value) for name, value in weights.items()}
        dh_later, dc_later = np.zeros_like(tape[0]["h"]), np.zeros_like(tape[0]["c"])
        for step, dlogit in zip(reversed(tape), dlogits[::-1], strict=True):
            o, i, f, g, tanh_c = step["o"], step["i"], step["f"], step["g"], np.tanh(step["c"])
            dh = dlogit @ weights["W_hidden_output"].T + dh_later
            dc = dh * o * (1 - tanh_c**2) + dc_later
            dnet = np.concatenate(
                [
                    dh * tanh_c * o * (1 - o),
                    dc * g * i * (1 - i),
                    dc * step["c_before"] * f * (1 - f),
                    dc * i * (1 - g**2),
                ]
            )
            grads["W_hidden_output"] += np.outer(step["h"], dlogit)
            if "b_output" in weights:
                grads["b_output"] += dlogit
            grads["W_input_gates"] += np.outer(step["x"], dnet)
            grads["W_hidden_gates"] += np.outer(step["h_before"], dnet)
            grads["b_gates"] += dnet
            dc_later = dc * f
            if not self._truncated:
                dh_later = dnet @ weights["W_hidden_gates"].T
        return grads


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * z) + 0.5
