"""When a seed counts as solved; names of axes as in `lagrun.interfaces`."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np


class Frozen(Protocol):
    """The nets as they are now, for a criterion that tests them."""

    def passes(self, threshold: float, place: str, n_sequences: int) -> np.ndarray:
        """Tell which seeds' largest absolute output error stays below `threshold`, shape (S,).

        Parameters
        ----------
        threshold : float
            Errors must be below it; an error of NaN fails.
        place : str
            ``every_step`` (every scored one) or ``end``.
        n_sequences : int
            Random sequences to test.
        """

    def accuracy(self, n_sequences: int, which: np.ndarray) -> np.ndarray:
        """Share of right last-step predictions of some seeds, each on its own held-out sequences.

        Parameters
        ----------
        n_sequences : int
            Sequences of each seed; they are the same at every call.
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
    """When and how a criterion tests frozen nets: after each `every` sequences; other fields as in `Frozen.passes`."""

    every: int
    threshold: float
    place: str


@runtime_checkable
class Confirming(Protocol):
    """A `BatchedCriterion` with a second test: a net that met it must also be right when it is frozen."""

    def confirmed(self, met: np.ndarray, frozen: Frozen) -> np.ndarray:
        """Tell which of the seeds in the mask `met`, shape (S,), are solved; called after the update."""


@runtime_checkable
class BatchedCriterion(Protocol):
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
            As in `Criterion.update`, but the nets may be tested only after the last of the sequences.
        sequence : int
            Number of training sequences before these.
        last_step_correct : np.ndarray of bool, shape (n,)
            As in `Criterion.update`, for each sequence.

        Returns
        -------
        n_taken : int
            Sequences taken in.
        solved : bool
            Whether the last of them solved the seed; if the criterion is `Confirming`, before that second test.
        """
