"""The plain loop of `lagrun.models.rtrl`: one seed, one step, one hidden unit at a time, with one-hot inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lagrun.interfaces.plain_loop import Traces
from lagrun.models.elman_reference import ElmanReference
from lagrun.numerics.activations import Squasher

Weights = Mapping[str, np.ndarray]


class RTRLReference:
    """One net on one sequence; equations as in `lagrun.models.rtrl`.

    Parameters
    ----------
    squash : Squasher
        Of the hidden units.
    timing : str
        ``layered`` or ``sync``.
    keep : bool
        Whether sensitivities are kept from sequence to sequence.
    """

    def __init__(self, squash: Squasher, timing: str, keep: bool) -> None:
        self._squash, self._timing, self._keep = squash, timing, keep
        self._net = ElmanReference(squash, timing, None)

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return self._net.n_inputs(weights)

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, Any]:
        """Run the net on one-hot inputs, shape (T, V); logits (T, K)."""
        return self._net.forward(weights, inputs)

    def traces(self, weights: Weights, tape: Any) -> Traces:
        """Tell the hidden activations of every step, shape (T, H); see `lagrun.interfaces.plain_loop.Traced`."""
        return self._net.traces(weights, tape)

    def begin(self, weights: Weights, carry: Any) -> dict[str, Any]:
        """Reset activations, and sensitivities unless they are kept."""
        n_inputs, n_hidden = weights["W_input_hidden"].shape
        sensitivities = np.zeros((n_hidden, n_inputs + n_hidden, n_hidden), like=weights["W_input_hidden"])
        if carry is not None and self._keep:
            sensitivities = carry["P"]
        return {"h": np.zeros(n_hidden), "P": sensitivities}

    def step(self, weights: Weights, carry: dict[str, Any], x: np.ndarray) -> np.ndarray:
        """Advance by one one-hot input, shape (V,); logits of shape (K,)."""
        h_before, p_before = carry["h"], carry["P"]
        r, below = weights["W_hidden_hidden"], np.concatenate([x, h_before])
        h = self._squash(x @ weights["W_input_hidden"] + h_before @ r)
        p = np.zeros_like(p_before)
        for k, slope in enumerate(self._squash.slope(h)):
            for unit in range(len(h)):
                p[k] += slope * r[unit, k] * p_before[unit]
            p[k][:, k] += slope * below  # (1)
        carry |= {"x": x, "h": h, "P": p}
        carry["seen"] = (h, p) if self._timing == "layered" else (h_before, p_before)
        direct = x @ weights["W_input_output"] if "W_input_output" in weights else 0.0
        return carry["seen"][0] @ weights["W_hidden_output"] + direct

    def step_grads(
        self, weights: Weights, carry: dict[str, Any], dlogits: np.ndarray, target: int = 0
    ) -> dict[str, np.ndarray]:
        """Gradient of the last step's error, given the gradient of its logits, shape (K,)."""
        h, p = carry["seen"]
        dh = weights["W_hidden_output"] @ dlogits
        into_hidden = sum(dh[k] * p[k] for k in range(len(h)))  # (2)
        n_inputs = len(weights["W_input_hidden"])
        grads = {"W_input_hidden": into_hidden[:n_inputs], "W_hidden_hidden": into_hidden[n_inputs:]}
        grads["W_hidden_output"] = np.outer(h, dlogits)
        if "W_input_output" in weights:
            grads["W_input_output"] = np.outer(carry["x"], dlogits)
        return grads
