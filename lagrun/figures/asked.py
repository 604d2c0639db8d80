"""The keys that a user asks for, by their full names or shortened as in ``p`` for ``task.p``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lagrun.analysis.values import short_names
from lagrun.checks import ConfigError


@dataclass(frozen=True)
class Asked:
    """Keys that are asked for.

    Attributes
    ----------
    keys : sequence of str
        The two of the heat map, or none.
    lag : str
        That of the lag, or empty.
    """

    keys: Sequence[str] = ()
    lag: str = ""


def full_name(option: str, key: str, allowed: Sequence[str]) -> str:
    """The full name of a key of a command's option; ConfigError unless it is one of those that vary."""
    full = dict(zip(short_names(allowed), allowed, strict=True)) | {name: name for name in allowed}
    if key not in full:
        raise ConfigError(f"{option} {key}: does not vary; allowed: {', '.join(allowed) or 'none, one cell'}")
    return full[key]


def is_number(value: Any) -> bool:
    """Tell whether a value can stand on an axis of numbers."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and not np.isnan(float(value))
