"""What a task, model, loss, weighting, optimiser and criterion are; engines are in `lagrun.interfaces.engine`.

Axes of all arrays: ``S`` seeds, ``T`` steps, ``O`` steps with outputs (T or 1), ``V`` input symbols, ``H`` hidden
units, ``K`` outputs, ``P`` weights.
Nothing ever reduces over ``S``: a seed's numbers do not depend on the seeds beside it.
A model's plain loop, into which pictures look, is described in `lagrun.engines.reference`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from lagrun.interfaces.params import Params

if TYPE_CHECKING:
    from lagrun.interfaces.step_grads import StepGrads


@dataclass(frozen=True)
class Batch:
    """One on-line sequence per seed (or several sequences of one seed). One-hot vectors are never built.

    Outputs are wanted at all steps, or only at the last one of each sequence: `targets` and `scored` have then a single
    column, and so have logits, losses and loss weights. ``O`` below is T or 1.

    Attributes
    ----------
    ids : np.ndarray of int32, shape (S, T)
        Input symbol of every step; 0 where padded.
    targets : np.ndarray of int32, shape (S, O)
        Output unit that should be 1.
    scored : np.ndarray of bool, shape (S, O)
        Where the task defines an error.
    lengths : np.ndarray of int32, shape (S,)
        Steps before padding.
    distinct_ids : bool
        Whether the task promises that no input symbol occurs twice in a sequence; gradients of the input weights are
        then plain assignments.
    padded : bool
        Whether lengths may differ. T is then a multiple of `lagrun.numerics.padded_sums.CHUNK`, and says nothing about
        a sequence.
    """

    ids: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    lengths: np.ndarray
    distinct_ids: bool = False
    padded: bool = False

    def __getitem__(self, index: Any) -> Batch:
        """Index the leading axes of every array."""
        arrays = (self.ids[index], self.targets[index], self.scored[index], self.lengths[index])
        return Batch(*arrays, self.distinct_ids, self.padded)

    @property
    def only_at_end(self) -> bool:
        """Whether outputs are wanted only at the last step of each sequence."""
        return self.targets.shape[-1] < self.ids.shape[-1]

    @property
    def last(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of every sequence's last step in arrays of shape (S, O)."""
        return np.arange(len(self.ids)), np.zeros_like(self.lengths) if self.only_at_end else self.lengths - 1

    def at_end(self) -> Batch:
        """The same sequences with outputs wanted only at the end."""
        return replace(self, targets=self.targets[self.last][:, None], scored=self.scored[self.last][:, None])


class Task(Protocol):
    """Where sequences come from."""

    @property
    def n_inputs(self) -> int:
        """Number of input symbols, ``V``."""

    @property
    def n_outputs(self) -> int:
        """Number of output units, ``K``."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Draw sequences number `first` (from 0) to ``first + n - 1`` of one seed's stream.

        The stream must not depend on how it is cut into calls.
        """


@runtime_checkable
class KnownBatch(Protocol):
    """A task that can tell what its batches are like without drawing one, however long sequences are."""

    @property
    def n_steps(self) -> int:
        """Columns of the arrays of some hundred sequences; about, where lengths are random."""

    @property
    def only_at_end(self) -> bool:
        """As `Batch.only_at_end`."""

    @property
    def distinct_ids(self) -> bool:
        """As `Batch.distinct_ids`."""


@runtime_checkable
class Named(Protocol):
    """A task whose symbols have names, for pictures."""

    def input_name(self, symbol: int) -> str:
        """Name an input symbol."""

    def output_name(self, unit: int) -> str:
        """Name an output unit."""


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
            One sequence a seed.
        tape : object, optional
            The tape of an earlier call, whose buffers may be used again (and overwritten) where they fit.

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
        """Write the gradient of every weight into `out`, given the one of `forward`'s logits, shape (S, O, K)."""


@runtime_checkable
class StepModel(Model, Protocol):
    """A model whose rule knows the gradient at every step, so that it can update inside a sequence."""

    def by_row(self, params: Params) -> Sequence[str]:
        """Name the arrays, last in storage, of which a step uses one row; see `StepGrads`."""

    def begin(self, params: Params, batch: Batch, carry: dict[str, np.ndarray] | None) -> dict[str, np.ndarray]:
        """Start a sequence.

        Parameters
        ----------
        params : Params
            Weights of ``S`` seeds.
        batch : Batch
            One sequence a seed.
        carry : dict of np.ndarray or None
            What the sequence before has left; its arrays may be used again.

        Returns
        -------
        dict of np.ndarray
            Activations, sensitivities and whatever the rule carries along; every array has the seed axis first.
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
        """Write the gradient of step `t`'s error into `out`, given the one of the logits, shape (S, K)."""


@runtime_checkable
class KnownShapes(Protocol):
    """A model that can tell its weights without drawing them, however many they are."""

    def shapes(self, n_inputs: int, n_outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Shapes of one seed's arrays, in storage order."""


@runtime_checkable
class Carrying(Protocol):
    """A model that carries much more from step to step than its activations."""

    def n_carried(self, n_inputs: int, n_outputs: int) -> int:
        """Count the numbers that one seed carries along."""


@runtime_checkable
class Growing(Protocol):
    """A model that gets new units while it learns. Their weights exist from the start, so arrays keep their shape."""

    def start(self, params: Params) -> dict[str, np.ndarray]:
        """Cut off the units that come later, in `params`, and return the state of growth, seed axis first."""

    def restrict(self, state: dict[str, np.ndarray], grads: Params) -> None:
        """Set the gradient of what is still cut off to zero."""

    def grow(self, params: Params, state: dict[str, np.ndarray], losses: np.ndarray) -> None:
        """Take in the error of a training sequence, shape (S,), and add units to `params` where it is time to."""


@runtime_checkable
class Counted(Protocol):
    """A model of whose weights not all count."""

    def n_weights(self, params: Params) -> int:
        """Count the weights that the solution consists of."""


@runtime_checkable
class Particular(Protocol):
    """A model that does not go with everything."""

    def check(self, task: Task, loss: Loss, updates: str) -> None:
        """Raise ValueError, in words for the user, if the combination is meaningless."""


class Loss(Protocol):
    """The error of one step, through the output units' squashing function."""

    def __call__(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute errors and their weighted gradient.

        Parameters
        ----------
        logits : np.ndarray, shape (S, O, K)
            Net inputs of the output units. Overwritten.
        targets : np.ndarray of int, shape (S, O)
            Output unit that should be 1.
        weights : np.ndarray, shape (S, O)
            Weight of each step's error.

        Returns
        -------
        losses : np.ndarray, shape (S, O)
            Unweighted error of each step.
        dlogits : np.ndarray, shape (S, O, K)
            Gradient of the weighted sum of errors, in the memory of `logits`.
        """

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        """Squash net inputs, shape (S, O, K), to activations in [0, 1], in the memory of `logits`."""


#: Weight (>= 0) of every step's error, shape (S, O), given the batch and the dtype of the result.
LossWeighting = Callable[[Batch, np.dtype], np.ndarray]


class Optimiser(Protocol):
    """An (init, update) pair, elementwise over arrays whose first axis is the seed."""

    @property
    def clip_norm(self) -> float | None:
        """Largest global gradient norm of a seed, or None for no clipping."""

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Allocate the state that belongs to `params`, shape (S, P); every array has the seed axis first."""

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Change `params` and `state` in place.

        Parameters
        ----------
        params, grads : np.ndarray, shape (s, P)
            Weights and gradients of some of the seeds. `grads` may be overwritten.
        state : dict of np.ndarray
            Their rows of the state.
        step : int
            Number of this update, from 1.
        """


class Frozen(Protocol):
    """The nets as they are now, for a criterion that tests them."""

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        """Tell which seeds' largest absolute output error stays below `threshold`, shape (S,).

        Parameters
        ----------
        threshold : float
            Errors must be below it; NaN is not.
        place : str
            ``every_step`` (every scored one) or ``end``.
        n_sequences : int
            Random sequences to test.
        """

    def accuracy(self, n_sequences: int, which: np.ndarray) -> np.ndarray:
        """Share of right last-step predictions of some seeds on held-out sequences of their own.

        Parameters
        ----------
        n_sequences : int
            Sequences of each; the same whenever it is called.
        which : np.ndarray of bool, shape (S,)
            The seeds to test.

        Returns
        -------
        np.ndarray, shape (s,)
            A share for each of them.
        """


class Criterion(Protocol):
    """When a seed counts as solved."""

    def init(self, n_seeds: int) -> dict[str, np.ndarray]:
        """Allocate the state of `n_seeds` seeds; every array has the seed axis first."""

    def update(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> np.ndarray:
        """Take in one training sequence of every seed and tell which seeds are solved.

        Parameters
        ----------
        state : dict of np.ndarray
            Changed in place.
        sequence : int
            Number of the training sequence, from 1.
        last_step_correct : np.ndarray of bool, shape (S,)
            Whether the prediction at the last step, made before this sequence's update, was right.
        frozen : Frozen
            The nets after this sequence's update.

        Returns
        -------
        np.ndarray of bool, shape (S,)
            The seeds that are solved at this sequence.
        """

    def rolling_accuracy(self, state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
        """Share of right last-step predictions over the window so far, shape (S,)."""


class Pause(NamedTuple):
    """When a criterion tests frozen nets: after each `every` training sequences; the rest as in `Frozen.passes`."""

    every: int
    threshold: float
    place: str


@runtime_checkable
class Confirming(Protocol):
    """A `SeveralAtOnce` criterion by which a net that met it must also be right when it is frozen."""

    def confirmed(self, met: np.ndarray, frozen: Frozen) -> np.ndarray:
        """Tell which of the seeds in the mask `met`, shape (S,), are solved; called after the update."""


@runtime_checkable
class SeveralAtOnce(Protocol):
    """A criterion that can look at several training sequences of one seed at once."""

    def pause(self) -> Pause | None:
        """Tell when the nets are tested; None if they never are."""

    def update_several(
        self, state: dict[str, np.ndarray], sequence: int, last_step_correct: np.ndarray, frozen: Frozen
    ) -> tuple[int, bool]:
        """Take in training sequences ``sequence + 1``, ..., up to the one at which the seed is solved.

        Parameters
        ----------
        state, frozen
            As in `Criterion.update`; but only after the last of the sequences may the nets be tested.
        sequence : int
            Training sequences before.
        last_step_correct : np.ndarray of bool, shape (n,)
            Of each sequence.

        Returns
        -------
        n_taken : int
            Sequences taken in.
        solved : bool
            Whether the last of them solved the seed, if it is `Confirming`: but for that.
        """
