"""The plain loop of `lagrun.models.elman`: one seed, one step and one error at a time, one-hot inputs, outer products.

It is for reading beside the equations, and for checking the lockstep model, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lagrun.interfaces.plain_loop import Traces
from lagrun.numerics.activations import Squasher

Weights = Mapping[str, np.ndarray]


class ElmanReference:
    """Forward and backward pass of one net on one sequence; equations as in `lagrun.models.elman_net`.

    Parameters
    ----------
    squash : Squasher
        Of the hidden units.
    timing : str
        ``layered`` or ``sync``.
    window : int or None
        Largest number of steps whose net inputs an error reaches; None: all.
    """

    def __init__(self, squash: Squasher, timing: str, window: int | None) -> None:
        self._squash, self._timing, self._window = squash, timing, window

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return len(weights["W_input_hidden"])

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, list[np.ndarray]]]:
        """Run the net.

        Parameters
        ----------
        weights : mapping
            ``W_input_hidden`` (V, H), ``W_hidden_hidden`` (H, H), ``W_hidden_output`` (H, K), and with direct
            connections ``W_input_output`` (V, K).
        inputs : np.ndarray, shape (T, V)
            One-hot inputs.

        Returns
        -------
        logits : np.ndarray, shape (T, K)
        tape : tuple
            The inputs, and h(0), ..., h(T).
        """
        h = [np.zeros(len(weights["W_hidden_hidden"]))]
        logits = []
        for t, x in enumerate(inputs, 1):
            h.append(self._squash(x @ weights["W_input_hidden"] + h[t - 1] @ weights["W_hidden_hidden"]))  # (1)
            logit = h[self._seen(t)] @ weights["W_hidden_output"]  # (2)
            if "W_input_output" in weights:
                logit += x @ weights["W_input_output"]
            logits.append(logit)
        return np.stack(logits), (inputs, h)

    def traces(self, weights: Weights, tape: Any) -> Traces:
        """Tell h(1), ..., h(T), shape (T, H); see `lagrun.interfaces.plain_loop.Traced`."""
        return Traces({"hidden activation": np.array(tape[1][1:])}, {}, {})

    def grads(self, weights: Weights, tape: Any, dlogits: np.ndarray) -> dict[str, np.ndarray]:
        """Follow the error of every step back, step by step.

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
        inputs, h = tape
        grads = {name: np.zeros_like(value) for name, value in weights.items()}
        for t, (x, dlogit) in enumerate(zip(inputs, dlogits, strict=True), 1):
            seen = self._seen(t)
            grads["W_hidden_output"] += np.outer(h[seen], dlogit)
            if "W_input_output" in weights:
                grads["W_input_output"] += np.outer(x, dlogit)
            dh = weights["W_hidden_output"] @ dlogit
            first = 1 if self._window is None else max(1, seen - self._window + 1)
            for step in range(seen, first - 1, -1):  # h(0) is not computed from weights
                dnet = dh * self._squash.slope(h[step])
                grads["W_input_hidden"] += np.outer(inputs[step - 1], dnet)  # inputs[0] is x(1)
                grads["W_hidden_hidden"] += np.outer(h[step - 1], dnet)
                dh = weights["W_hidden_hidden"] @ dnet
        return grads

    def _seen(self, t: int) -> int:
        """Step of the hidden state that the outputs of step `t` see."""
        return t if self._timing == "layered" else t - 1
