"""Adam (Kingma & Ba 2015, algorithm 1).

m and v are stored divided by (1 - beta1) and (1 - beta2), which saves two passes over memory per update.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check, check_learning_rate


@dataclass(frozen=True)
class Adam:
    """Adam with bias correction.

    Parameters
    ----------
    learning_rate : float
        Step size, alpha in the paper.
    beta1, beta2 : float
        Decay rates of the moment estimates, in [0, 1).
    epsilon : float
        Added to the root of the second moment.
    clip_norm : float or None
        Largest global gradient norm of a seed; null for no clipping.
    """

    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    clip_norm: float | None

    def __post_init__(self) -> None:
        check_learning_rate(self.learning_rate, self.clip_norm)
        check("beta1", self.beta1, 0 <= self.beta1 < 1, "a number in [0, 1)")
        check("beta2", self.beta2, 0 <= self.beta2 < 1, "a number in [0, 1)")
        check("epsilon", self.epsilon, 0 < self.epsilon < np.inf, "a finite number > 0")

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        """Start both moments at zero."""
        return {"m": np.zeros_like(params), "v": np.zeros_like(params)}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        """Theta -= alpha m_hat / (sqrt(v_hat) + epsilon); see `lagrun.interfaces.Optimiser`."""
        m, v = state["m"], state["v"]
        m_correction = (1 - self.beta1) / (1 - self.beta1**step)
        v_root = ((1 - self.beta2) / (1 - self.beta2**step)) ** 0.5
        m *= self.beta1
        m += grads
        np.multiply(grads, grads, out=grads)
        v *= self.beta2
        v += grads
        np.sqrt(v, out=grads)
        grads += self.epsilon / v_root
        np.divide(m, grads, out=grads)
        grads *= self.learning_rate * m_correction / v_root
        params -= grads
