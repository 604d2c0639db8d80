"""Losses, and how their steps are weighted; names of axes as in `lagrun.interfaces`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from lagrun.interfaces.batch import Batch


class Loss(Protocol):
    """The error of one step, together with the squashing function of the output units."""

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
