"""Plain gradient descent, one sequence at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check_learning_rate


@dataclass(frozen=True)
class SGD:
    """theta -= learning_rate * gradient.

    Parameters
    ----------
    learning_rate : float
        Step size.
    clip_norm : float or None
        Largest global gradient norm of a seed; null for no clipping.
    """

    learning_rate: float
    clip_norm: float | None

    def __post_init__(self) -> None:
        check_learning_rate(self.learning_rate, self.clip_norm)

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing to remember."""
        return {}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Descend; see `lagrun.interfaces.Optimiser`."""
        grads *= self.learning_rate
        params -= grads
