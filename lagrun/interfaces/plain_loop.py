"""What a model's plain loop is, the readable form that engine=reference runs and pictures look into."""

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
        """Start a sequence, given what the one before has left, or None."""

    def step(self, weights: Weights, carry: Any, x: np.ndarray) -> np.ndarray:
        """Advance by one one-hot input, shape (V,), and return the logits, shape (K,)."""

    def step_grads(self, weights: Weights, carry: Any, dlogits: np.ndarray, target: int) -> Weights:
        """Return the gradient of this step's error for every weight, given that of its logits and the right output."""


class Traces(NamedTuple):
    """What goes on inside a net during one sequence: readable names, such as ``cell state``, and values.

    All arrays have shape (T, n): a row a step, a column a unit; a gate that several units share is there for each.

    Attributes
    ----------
    states : dict of np.ndarray
        What the units hold after each step; first what carries the memory.
    gates : dict of np.ndarray
        Activations of their gates, in [0, 1]; empty where there are none.
    taken_in : dict of np.ndarray
        The gate, or what is left by it, that says how much of a step each unit takes in: one, or none without gates.
    """

    states: dict[str, np.ndarray]
    gates: dict[str, np.ndarray]
    taken_in: dict[str, np.ndarray]


@runtime_checkable
class Traced(Protocol):
    """A plain model that can be looked into, for pictures."""

    def traces(self, weights: Weights, tape: Any) -> Traces:
        """Tell what went on in the sequence of which `forward` returned this tape."""
