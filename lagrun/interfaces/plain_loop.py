"""A model's plain loop: the readable form that engine=reference runs, and that pictures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

Weights = Mapping[str, np.ndarray]


class PlainModel(Protocol):
    """A model on one sequence of one seed, with one-hot inputs; what ``Model.reference()`` returns."""

    def n_inputs(self, weights: Weights) -> int:
        """Return the number of input symbols, V."""

    def forward(self, weights: Weights, inputs: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return logits, shape (T, K), and a tape, given one-hot inputs, shape (T, V)."""


@runtime_checkable
class PlainBackward(Protocol):
    """The rule of a `lagrun.interfaces.BackwardModel`."""

    def grads(self, weights: Weights, tape: Any, dlogits: np.ndarray) -> Weights:
        """Return the gradient of every weight, given that of all logits, shape (T, K)."""


@runtime_checkable
class PlainStep(Protocol):
    """The rule of a `lagrun.interfaces.StepModel`."""

    def begin(self, weights: Weights, carry: Any) -> Any:
        """Start a sequence, given the state after the previous one, or None."""

    def step(self, weights: Weights, carry: Any, x: np.ndarray) -> np.ndarray:
        """Advance by one one-hot input, shape (V,), and return the logits, shape (K,)."""

    def step_grads(self, weights: Weights, carry: Any, dlogits: np.ndarray, target: int) -> Weights:
        """Return the gradient of this step's error for every weight, given that of its logits and the right output."""


class Traces(NamedTuple):
    """What goes on inside a net during one sequence: readable names, such as ``cell state``, and values.

    All arrays have shape (T, n): one row per step, one column per unit. A gate that units share is repeated for each.

    Attributes
    ----------
    states : dict of np.ndarray
        Values of the units after each step; the one that carries the memory comes first.
    gates : dict of np.ndarray
        Activations of their gates, in [0, 1]; empty where there are none.
    taken_in : dict of np.ndarray
        How much of a step each unit takes in: a gate, or 1 minus a gate. One entry; none for a net without gates.
    """

    states: dict[str, np.ndarray]
    gates: dict[str, np.ndarray]
    taken_in: dict[str, np.ndarray]


@runtime_checkable
class Traced(Protocol):
    """A plain model that can show what happens inside it, for pictures."""

    def traces(self, weights: Weights, tape: Any) -> Traces:
        """Tell what happened inside the net in the sequence for which `forward` returned this tape."""
