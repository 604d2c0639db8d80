"""What every net must do, and what some nets can do besides; names of axes as in `lagrun.interfaces`.

A model's plain loop is described in `lagrun.interfaces.plain_loop`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.loss import Loss
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.interfaces.task import Task


class Model(Protocol):
    """A net, all seeds at once. Its learning rule makes it a `BackwardModel`, a `StepModel`, or both."""

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw the initial weights of one seed from each generator."""

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        """Run every seed's net on its sequence.

        Parameters
        ----------
        params : Params
            Weights of ``S`` seeds.
        batch : Batch
            One sequence per seed.
        tape : object, optional
            The tape of an earlier call; its buffers may be overwritten and used again if they fit.

        Returns
        -------
        logits : np.ndarray, shape (S, O, K)
            Net input of every output unit; the caller may overwrite it.
        tape : object
            What `grads` needs.
        """


@runtime_checkable
class BackwardModel(Model, Protocol):
    """A model whose rule needs the whole sequence: one update at its end."""

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        """Write the gradient of every weight into `out`, given that of the logits of `forward`, shape (S, O, K)."""


@runtime_checkable
class StepModel(Model, Protocol):
    """A model whose rule knows the gradient at every step, so that it can update inside a sequence."""

    def by_row(self, params: Params) -> Sequence[str]:
        """Names of the arrays of which a step uses only one row; they come last in storage. See `StepGrads`."""

    def begin(self, params: Params, batch: Batch, carry: dict[str, np.ndarray] | None) -> dict[str, np.ndarray]:
        """Start a sequence.

        Parameters
        ----------
        params : Params
            Weights of ``S`` seeds.
        batch : Batch
            One sequence per seed.
        carry : dict of np.ndarray or None
            The state after the previous sequence, None at the first; its arrays may be used again.

        Returns
        -------
        dict of np.ndarray
            Activations, sensitivities and whatever else the rule needs; every array has the seed axis first.
        """

    def step(self, params: Params, carry: dict[str, np.ndarray], batch: Batch, t: int) -> np.ndarray:
        """Advance to step `t` (from 0) and return the outputs' net inputs, shape (S, K), which may be overwritten."""

    def step_grads(
        self,
        params: Params,
        carry: dict[str, np.ndarray],
        batch: Batch,
        t: int,
        dlogits: np.ndarray,
        out: StepGrads,
    ) -> None:
        """Write the gradient of step `t`'s error into `out`, given that of the logits, shape (S, K)."""


@runtime_checkable
class KnownShapes(Protocol):
    """A model that can tell the shapes of its weights without drawing any."""

    def shapes(self, n_inputs: int, n_outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order."""


@runtime_checkable
class CarriesState(Protocol):
    """A model that carries much more from step to step than its activations."""

    def n_carried(self, n_inputs: int, n_outputs: int) -> int:
        """Count the numbers that one seed carries from step to step."""


@runtime_checkable
class Growing(Protocol):
    """A model that gets new units while it learns. Their weights exist from the start, so arrays keep their shape."""

    def start(self, params: Params) -> dict[str, np.ndarray]:
        """In `params`, cut off the units that come later; return the state of growth, seed axis first."""

    def restrict(self, state: dict[str, np.ndarray], grads: Params) -> None:
        """Set to zero the gradient of the weights that are still cut off."""

    def grow(self, params: Params, state: dict[str, np.ndarray], losses: np.ndarray) -> None:
        """Take in the error of a training sequence, shape (S,), and add units to `params` where it is time to."""


@runtime_checkable
class CountsWeights(Protocol):
    """A model only some of whose weights count as part of the solution."""

    def n_weights(self, params: Params) -> int:
        """Count the weights that the solution consists of."""


@runtime_checkable
class ChecksCombination(Protocol):
    """A model that cannot be combined with every task, loss or kind of update."""

    def check(self, task: Task, loss: Loss, updates: str) -> None:
        """Raise ValueError, in words for the user, if the combination is meaningless."""
