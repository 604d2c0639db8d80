"""The squashing functions of `lagrun.numerics.activations`, one number at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

from lagrun.engines.compiled.arithmetic import logistic
from lagrun.engines.compiled.jit import function
from lagrun.numerics.activations import Squasher


class Squash(NamedTuple):
    """A function that rises from `low` to `high`, by `height`, or the identity."""

    low: float
    high: float
    height: float
    steepness: float
    slope: float  # the derivative is slope (y - low) (high - y)
    is_identity: bool


def squash_of(squasher: Squasher) -> Squash:
    """Translate a squashing function: offset + amplitude tanh(x) = low + (high - low) / (1 + exp(-2 x))."""
    if not squasher.amplitude:
        return Squash(0.0, 0.0, 0.0, 0.0, 0.0, is_identity=True)
    low, high = squasher.offset - squasher.amplitude, squasher.offset + squasher.amplitude
    steepness, height = 2 * squasher.steepness, high - low
    return Squash(low, high, height, steepness, steepness / height, is_identity=False)


@function
def squash(f: Any, x: Any) -> Any:
    """Value at `x`."""
    return x if f.is_identity else f.low + f.height * logistic(f.steepness * x)


@function
def slope(f: Any, y: Any) -> Any:
    """Derivative where the value is `y`."""
    return 1.0 if f.is_identity else f.slope * (y - f.low) * (f.high - y)
