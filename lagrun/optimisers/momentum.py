"""Gradient descent with classical momentum (Polyak 1964; Rumelhart, Hinton & Williams 1986)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check, check_learning_rate


@dataclass(frozen=True)
class Momentum:
    """velocity = momentum * velocity + gradient; theta -= learning_rate * velocity.

    Parameters
    ----------
    learning_rate : float
        Step size.
    momentum : float
        Share of the velocity that is kept, in [0, 1).
    clip_norm : float or None
        Largest global gradient norm of a seed; null for no clipping.
    """

    learning_rate: float
    momentum: float
    clip_norm: float | None

    def __post_init__(self) -> None:
        check_learning_rate(self.learning_rate, self.clip_norm)
        check("momentum", self.momentum, 0 <= self.momentum < 1, "a number in [0, 1)")

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Start at rest."""
        return {"velocity": np.zeros_like(params)}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Accelerate and move; see `lagrun.interfaces.Optimiser`."""
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += grads
        np.multiply(velocity, self.learning_rate, out=grads)
        params -= grads
