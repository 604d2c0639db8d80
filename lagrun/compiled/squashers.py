"""The squashing functions of `lagrun.squashers`, one number at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

from lagrun.compiled.arithmetic import logistic
from lagrun.compiled.jit import function
from lagrun.squashers import Squasher


class Squash(NamedTuple):
    """A function that rises from `low` to `high`, steepest at 0; or the identity."""

    low: float
    high: float
    steepness: float
    is_identity: bool


def squash_of(squasher: Squasher) -> Squash:
    """Translate a squashing function: offset + amplitude tanh(x) = low + (high - low) / (1 + exp(-2 x))."""
    low, high = squasher.offset - squasher.amplitude, squasher.offset + squasher.amplitude
    return Squash(low, high, 2 * squasher.steepness, not squasher.amplitude)


@function
def squash(f: Any, x: Any) -> Any:
    """Value at `x`."""
    return x if f.is_identity else f.low + (f.high - f.low) * logistic(f.steepness * x)


@function
def slope(f: Any, y: Any) -> Any:
    """Derivative where the value is `y`."""
    return 1.0 if f.is_identity else f.steepness / (f.high - f.low) * (y - f.low) * (f.high - y)
