"""Logistic outputs with squared error, the paper's (Hochreiter & Schmidhuber 1997, appendix A.1).

E = factor * sum over outputs of (target - y)^2, y = 1 / (1 + exp(-logit)), factor 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.losses.indices import first_outputs


@dataclass(frozen=True)
class SquaredError:
    """Squared error; its gradient is ``weight * 2 factor * (y - target) * y (1 - y)``.

    Parameters
    ----------
    factor : float
        1/2 in the paper; another one is the same as another learning rate.
    """

    factor: float

    def __post_init__(self) -> None:
        check("factor", self.factor, 0 < self.factor < np.inf, "a finite number > 0")

    def __call__(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute errors and gradient; see `lagrun.interfaces.Loss`."""
        y = self.outputs(logits)
        slopes = 1.0 - y
        slopes *= y
        flat = y.reshape(-1)
        flat[targets + first_outputs(y.shape)] -= 1.0  # y - target
        losses = np.vecdot(y, y)
        losses *= self.factor
        y *= slopes
        y *= (2 * self.factor * weights)[..., None]
        return losses, y

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        """Compute the logistic function, by tanh, which cannot overflow; see `lagrun.interfaces.Loss`."""
        logits *= 0.5
        np.tanh(logits, out=logits)
        logits *= 0.5
        logits += 0.5
        return logits
