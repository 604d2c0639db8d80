"""Plain gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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

    #: An update may skip weights whose gradient is zero. This makes updates inside a sequence cheap.
    zero_gradient_changes_nothing: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_learning_rate(self.learning_rate, self.clip_norm)

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing to remember."""
        return {}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Descend; see `lagrun.interfaces.Optimiser`."""
        grads *= self.learning_rate
        params -= grads
