"""Engines that train one seed after the other; names and axes as in `lagrun.interfaces`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np

from lagrun.interfaces.batch import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params


class SeedLearner(Protocol):
    """Learns many training sequences of one seed in one call."""

    @property
    def params(self) -> Params:
        """Current weights; they always stay in the same memory."""

    def learn(self, batch: Batch, done: int, probe: Batch | None) -> np.ndarray:
        """Learn from training sequences; stop early at a value that is not finite, or when the probe is passed.

        Parameters
        ----------
        batch : Batch
            Sequences of the seed, in order.
        done : int
            Number of training sequences before these.
        probe : Batch or None
            Where the criterion would pause, learning goes on as long as the net fails one of these sequences.

        Returns
        -------
        np.ndarray of bool, shape (n,)
            Whether the last-step prediction of each sequence learnt, made before its update, was right.
        """

    def latest(self) -> dict[str, np.ndarray]:
        """``loss``, ``last_step_loss`` and ``gradient_norm`` of the latest sequence, shape (1,)."""

    def save(self) -> None:
        """Save weights and everything else that learning changes."""

    def restore(self) -> None:
        """Go back to what was saved."""

    def state(self) -> dict[str, np.ndarray]:
        """Copy all that learning changes except the weights, so that another learner can go on from it."""

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` returned, and from the current `params`; ValueError if the state does not fit.

        Called before the first sequence.
        """


@runtime_checkable
class SeedBySeed(Protocol):
    """An engine that trains one seed after the other, by loops of its own."""

    def check(self, experiment: Experiment) -> None:
        """Raise ValueError, in words for the user, if it cannot train the experiment."""

    def prepare(self, experiment: Experiment) -> None:
        """Do work that is needed only once, such as compiling, before several processes train the experiment."""

    def learner(self, experiment: Experiment, params: Params) -> SeedLearner:
        """Make the learner of one seed from its initial weights."""
