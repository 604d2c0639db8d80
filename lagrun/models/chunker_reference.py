"""The plain loop of `lagrun.models.chunker`: one seed, one step at a time, with one-hot inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lagrun.interfaces.plain_loop import Traces
from lagrun.models.elman_reference import ElmanReference
from lagrun.models.rtrl_reference import RTRLReference
from lagrun.numerics.activations import LOGISTIC

Weights = Mapping[str, np.ndarray]


class ChunkerReference:
    """Automatiser A and chunker C on one sequence; equations as in `lagrun.models.chunker`.

    Parameters
    ----------
    predict, timing, theta, reset_chunker
        As in `lagrun.models.chunker.Chunker`.
    norm : float
        Order of the norm that is compared with `theta`.
    """

    def __init__(self, predict: str, timing: str, theta: float, norm: float, reset_chunker: bool) -> None:
        self._predict, self._theta, self._norm = predict, theta, norm
        self._automatiser = ElmanReference(LOGISTIC, timing, None)
        self._a = RTRLReference(LOGISTIC, timing, keep=False)
        self._c = RTRLReference(LOGISTIC, "layered", keep=False)
        self._reset_chunker = reset_chunker

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""
        return len(weights["W_input_hidden"])

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, Any]:
        """Run A on one-hot inputs, shape (T, V); logits (T, K)."""
        return self._automatiser.forward(_automatiser(weights), inputs)

    def traces(self, weights: Weights, tape: Any) -> Traces:
        """Tell A's hidden activations, shape (T, H); see `lagrun.interfaces.plain_loop.Traced`."""
        return self._automatiser.traces(_automatiser(weights), tape)

    def begin(self, weights: Weights, carry: Any) -> dict[str, Any]:
        """Reset A, and C unless it remembers."""
        new: dict[str, Any] = {
            "a": self._a.begin(weights, None),
            "c": self._c.begin(_chunker(weights), None),
            "surprised": True,
        }
        if carry is not None and not self._reset_chunker:
            new["c"] = carry["c"]
            if carry["surprised"]:  # the last symbol of the sequence before
                self._c.step(_chunker(weights), new["c"], np.eye(self.n_inputs(weights))[carry["next"]])
        return new

    def step(self, weights: Weights, carry: dict[str, Any], x: np.ndarray) -> np.ndarray:
        """Let A read `x`, shape (V,), and C too if `x` surprised A; return A's logits, shape (K,)."""
        if carry["surprised"]:
            self._c.step(_chunker(weights), carry["c"], x)
        carry["x"] = x
        carry["logits"] = self._a.step(_automatiser(weights), carry["a"], x)
        return carry["logits"].copy()

    def step_grads(
        self, weights: Weights, carry: dict[str, Any], dlogits: np.ndarray, target: int
    ) -> dict[str, np.ndarray]:
        """Gradients of A's prediction, given that of its logits, of q, and of C's prediction at a surprise."""
        d = np.eye(len(dlogits))[target]
        carry["next"] = target
        chunker = _chunker(weights)
        h_chunker = carry["c"]["h"]
        predicted = LOGISTIC(_outputs(chunker, h_chunker, carry["c"]["x"]))

        seen = carry["a"]["seen"][0]
        q = LOGISTIC(seen @ weights["W_hidden_state"] + carry["x"] @ weights["W_input_state"])
        state = h_chunker if self._predict == "hidden" else np.concatenate([h_chunker, predicted])
        dstate = (q - state) * q * (1 - q)
        # To its hidden units, A is one net with K + N outputs.
        both = _automatiser(weights) | {
            "W_hidden_output": np.hstack([weights["W_hidden_output"], weights["W_hidden_state"]]),
            "W_input_output": np.hstack([weights["W_input_output"], weights["W_input_state"]]),
        }
        grads = dict(self._a.step_grads(both, carry["a"], np.concatenate([dlogits, dstate])))
        for where in ("hidden", "input"):
            whole = grads[f"W_{where}_output"]
            grads[f"W_{where}_output"], grads[f"W_{where}_state"] = whole[:, : len(d)], whole[:, len(d) :]

        carry["surprised"] = bool(np.linalg.norm(d - LOGISTIC(carry["logits"]), self._norm) > self._theta)
        dpredicted = (predicted - d) * predicted * (1 - predicted) * carry["surprised"]
        own = self._c.step_grads(chunker, carry["c"], dpredicted)
        return grads | {f"chunker_{name}": value for name, value in own.items()}


def _automatiser(weights: Weights) -> dict[str, np.ndarray]:
    names = ("W_input_hidden", "W_hidden_hidden", "W_hidden_output", "W_input_output")
    return {name: weights[name] for name in names}


def _chunker(weights: Weights) -> dict[str, np.ndarray]:
    return {name.removeprefix("chunker_"): value for name, value in weights.items() if name.startswith("chunker_")}


def _outputs(weights: Weights, h: np.ndarray, x: np.ndarray) -> np.ndarray:
    direct = x @ weights["W_input_output"] if "W_input_output" in weights else 0.0
    return h @ weights["W_hidden_output"] + direct
