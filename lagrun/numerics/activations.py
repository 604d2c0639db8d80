"""Squashing functions of the 1997 nets, all of the form ``offset + amplitude * tanh(steepness * x)``, and the identity.

With f the logistic sigmoid: ``logistic`` is f, in [0, 1]; ``logistic_1`` is 2f - 1, in [-1, 1]; ``logistic_2`` is
4f - 2, in [-2, 2] (Hochreiter & Schmidhuber 1997, appendix A.1, equations 3 to 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Squasher:
    """A squashing function and its derivative.

    Parameters
    ----------
    offset, amplitude, steepness : float
        Of the tanh; an amplitude of 0 makes it the identity.
    """

    offset: float
    amplitude: float
    steepness: float

    def __call__(self, x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Squash `x`, any shape."""
        if not self.amplitude:
            return np.add(x, 0.0, out=out)
        y = np.multiply(x, self.steepness, out=out)
        np.tanh(y, out=y)
        if self.amplitude != 1:
            y *= self.amplitude
        if self.offset:
            y += self.offset
        return y

    def slope(self, y: np.ndarray) -> np.ndarray:
        """Derivative where the function's value is `y`: ``steepness * (amplitude - (y - offset)^2 / amplitude)``."""
        if not self.amplitude:
            return np.ones(y.shape, y.dtype)
        if self.offset == self.amplitude:  # from 0 upwards, as the logistic sigmoid
            slopes = 2 * self.amplitude - y
            slopes *= y
            if self.steepness != self.amplitude:
                slopes *= self.steepness / self.amplitude
            return slopes
        centred = y - self.offset if self.offset else y
        slopes = centred * centred
        slopes *= -self.steepness / self.amplitude
        slopes += self.steepness * self.amplitude
        return slopes


SQUASHERS = {
    "identity": Squasher(0.0, 0.0, 0.0),
    "logistic": Squasher(0.5, 0.5, 0.5),
    "logistic_1": Squasher(0.0, 1.0, 0.5),
    "logistic_2": Squasher(0.0, 2.0, 0.5),
    "tanh": Squasher(0.0, 1.0, 1.0),
}

#: f, the logistic sigmoid.
LOGISTIC = SQUASHERS["logistic"]
