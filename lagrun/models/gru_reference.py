"""The plain loop of `lagrun.models.gru`: one seed, one step at a time, one-hot inputs, outer products."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lagrun.interfaces.plain_loop import Traces

Weights = Mapping[str, np.ndarray]


class GRUReference:
    """Forward and backward pass of one GRU on one sequence; equations as in `lagrun.models.gru`."""

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return len(weights["W_input_gates"])

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, list[dict[str, np.ndarray]]]:
        """Run the net.

        Parameters
        ----------
        weights : mapping
            ``W_input_gates`` (V, 3H), ``W_hidden_gates`` (H, 3H), ``b_gates`` (3H,), ``W_hidden_output`` (H, K).
        inputs : np.ndarray, shape (T, V)
            One-hot inputs.

        Returns
        -------
        logits : np.ndarray, shape (T, K)
        tape : list of dict
            The activations of every step.
        """
        hidden_z, hidden_r, hidden_g = np.split(weights["W_hidden_gates"], 3, axis=1)
        h = np.zeros(len(hidden_z))
        logits, tape = [], []
        for x in inputs:
            net_z, net_r, net_g = np.split(x @ weights["W_input_gates"] + weights["b_gates"], 3)
            z = _sigmoid(net_z + h @ hidden_z)  # (1)
            r = _sigmoid(net_r + h @ hidden_r)  # (2)
            g = np.tanh(net_g + (r * h) @ hidden_g)  # (3)
            step = {"x": x, "h_before": h, "z": z, "r": r, "g": g}
            h = z * h + (1 - z) * g  # (4)
            logits.append(h @ weights["W_hidden_output"])  # (5)
            tape.append(step | {"h": h})
        return np.stack(logits), tape

    def traces(self, weights: Weights, tape: list[dict[str, np.ndarray]]) -> Traces:
        """Tell h, z and r of every step, shape (T, H); see `lagrun.interfaces.plain_loop.Traced`."""
        h, z, r = (np.array([step[name] for step in tape]) for name in "hzr")
        return Traces({"hidden activation": h}, {"update gate": z, "reset gate": r}, {"1 - update gate": 1 - z})

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
        hidden_z, hidden_r, hidden_g = np.split(weights["W_hidden_gates"], 3, axis=1)
        grads = {name: np.zeros_like(value) for name, value in weights.items()}
        dh_later = np.zeros(len(hidden_z))
        for step, dlogit in zip(reversed(tape), dlogits[::-1], strict=True):
            z, r, g, h_before = step["z"], step["r"], step["g"], step["h_before"]
            dh = weights["W_hidden_output"] @ dlogit + dh_later
            dnet_z = dh * (h_before - g) * z * (1 - z)
            dnet_g = dh * (1 - z) * (1 - g**2)
            d_reset = hidden_g @ dnet_g  # of r * h(t-1)
            dnet_r = d_reset * h_before * r * (1 - r)
            dh_later = dh * z + d_reset * r + hidden_z @ dnet_z + hidden_r @ dnet_r
            dnet = np.concatenate([dnet_z, dnet_r, dnet_g])
            grads["W_hidden_output"] += np.outer(step["h"], dlogit)
            grads["W_input_gates"] += np.outer(step["x"], dnet)
            grads["b_gates"] += dnet
            grads["W_hidden_gates"] += np.concatenate(
                [np.outer(h_before, dnet_z), np.outer(h_before, dnet_r), np.outer(r * h_before, dnet_g)], axis=1
            )
        return grads


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * x) + 0.5
