"""What a peer is given: initial weights, an optimiser's numbers and training sequences, all as lagrun makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.loss_weightings.last_step import LastStep
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.models.lstm import LSTM
from lagrun.optimisers.adam import Adam
from lagrun.training.streams import generator, stack

#: Names of the weight arrays, in storage order.
NAMES = ("W_input_gates", "W_hidden_gates", "b_gates", "W_hidden_output")


class Peer(Protocol):
    """A net of every seed, in training."""

    def train(self, ids: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Learn from some sequences of every seed, one update a sequence.

        Parameters
        ----------
        ids, targets : np.ndarray of int32, shape (S, N, T)
            Input symbols and right outputs of N training sequences of T steps.

        Returns
        -------
        np.ndarray, shape (S, N)
            Unweighted error of each sequence, summed over its steps, before the update that it led to.
        """

    def weights(self) -> np.ndarray:
        """Return the weights as they are now, shape (S, P), in lagrun's order."""


@dataclass(frozen=True)
class Problem:
    """One configuration with its seeds.

    Attributes
    ----------
    params : Params
        Initial weights of ``S`` seeds: ``W_input_gates`` (S, V, 4H), ``W_hidden_gates`` (S, H, 4H), ``b_gates``
        (S, 4H), ``W_hidden_output`` (S, H, K); gates in the order o, i, f, g.
    step_weights : np.ndarray, shape (T,)
        Weight of each step's error.
    optimiser : Adam
        Its numbers.
    clip_norm : float
        Largest global norm of a seed's gradient.
    """

    params: Params
    step_weights: np.ndarray
    optimiser: Adam
    clip_norm: float

    @classmethod
    def of(cls, cell: Experiment, seeds: Sequence[int]) -> Problem:
        """Take it from a cell; ValueError unless peers train that cell's net, loss and rule."""
        model, optimiser = cell.model, cell.optimiser
        if not (
            isinstance(model, LSTM)
            and model.gradient == "full"
            and isinstance(optimiser, Adam)
            and optimiser.clip_norm is not None
            and isinstance(cell.loss, SoftmaxCrossEntropy)
            and isinstance(cell.loss_weighting, LastStep)
            and cell.updates == "sequence"
        ):
            raise ValueError("peers train model=lstm with the default loss, weighting and clipped Adam alone")
        rngs = [generator(seed, "init") for seed in seeds]
        params = cell.model.init(rngs, cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
        example = stack([cell.task.sample(generator(0, "data"), 0, 1)[0]])
        step_weights = cell.loss_weighting(example, np.dtype(cell.dtype))[0]
        return cls(params, step_weights, optimiser, optimiser.clip_norm)


class Sequences:
    """The training sequences of several seeds, several at a time, from the same streams as lagrun's."""

    def __init__(self, cell: Experiment, seeds: Sequence[int]) -> None:
        self._task = cell.task
        self._rngs = [generator(seed, "data") for seed in seeds]
        self._position = 0

    def next(self, n: int) -> Batch:
        """Return the next `n` sequences of every seed; arrays of shape (S, n, T)."""
        drawn = [self._task.sample(rng, self._position, n) for rng in self._rngs]
        self._position += n
        return stack(drawn)
