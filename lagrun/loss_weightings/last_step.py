"""The last step counts more: only it needs the memory, and the p - 1 easier steps hide its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.interfaces import Batch


@dataclass(frozen=True)
class LastStep:
    """Weight 1 at every scored step but the last.

    Parameters
    ----------
    weight : float
        Weight of the last step.
    """

    weight: float

    def __post_init__(self) -> None:
        check("weight", self.weight, 0 <= self.weight < np.inf, "a finite number >= 0")

    def __call__(self, batch: Batch, dtype: np.dtype) -> np.ndarray:
        """Weights of every step, shape (S, O)."""
        weights = batch.scored.astype(dtype)
        weights[batch.last] *= self.weight
        return weights
