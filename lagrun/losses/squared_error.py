"""Logistic outputs with squared error, the paper's (Hochreiter & Schmidhuber 1997, appendix A.1).

E = factor * sum over outputs of (target - y)^2, y = 1 / (1 + exp(-logit)), factor 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.checks import check
from lagrun.losses.indices import first_outputs
from lagrun.numerics.tiling import tiles


@dataclass(frozen=True)
class SquaredError:
    """Squared error; its gradient is ``weight * 2 factor * (y - target) * y (1 - y)``.

    Parameters
    ----------
    factor : float
        1/2 in the paper; another factor acts like another learning rate.
    """

    factor: float

    def __post_init__(self) -> None:
        check("factor", self.factor, 0 < self.factor < np.inf, "a finite number > 0")

    def __call__(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute errors and gradient; see `lagrun.interfaces.Loss`."""
        losses, scale = np.empty_like(logits[..., 0]), (2 * self.factor * weights)[..., None]
        at_target = targets + first_outputs(logits.shape)
        cut = tiles(*logits.shape)
        if len(cut) == 1:  # short cut: with one update per step, this is called at every step
            _errors(logits, logits.reshape(-1), at_target, scale, np.empty_like(logits), losses)
        else:
            buffer = np.empty_like(logits[cut[0]])
            for tile in cut:
                y = logits[tile]
                slopes = buffer[: len(y), : y.shape[1]]
                _errors(y, logits.reshape(-1), at_target[tile], scale[tile], slopes, losses[tile])
        losses *= self.factor
        return losses, logits

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        """Compute the logistic function; see `lagrun.interfaces.Loss`."""
        for tile in tiles(*logits.shape):
            _logistic(logits[tile])
        return logits


def _logistic(x: np.ndarray) -> np.ndarray:
    """Overwrite `x` by its logistic function, computed by tanh, which cannot overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5
    return x


def _errors(
    x: np.ndarray, flat: np.ndarray, at_target: np.ndarray, scale: np.ndarray, slopes: np.ndarray, losses: np.ndarray
) -> None:
    """Overwrite net inputs `x`, a part of `flat`, by their gradient, and `losses` by sums of squares."""
    y = _logistic(x)
    np.subtract(1.0, y, out=slopes)
    slopes *= y
    flat[at_target] -= 1.0  # y - target
    np.vecdot(y, y, out=losses)
    y *= slopes
    y *= scale
