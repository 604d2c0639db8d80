"""What a paper reports of a cell, to be shown beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lagrun.checks import check
from lagrun.config import ConfigError, typed


@dataclass(frozen=True)
class Published:
    """Published values of a cell.

    Parameters
    ----------
    solved : int
        Runs that were solved,
    n : int
        of this many.
    mean_sequences : float or None
        Mean number of training sequences over the solved runs.
    """

    solved: int
    n: int
    mean_sequences: float | None = None

    def __post_init__(self) -> None:
        check("n", self.n, self.n >= 1, "an integer >= 1")
        check("solved", self.solved, 0 <= self.solved <= self.n, f"an integer from 0 to n, here {self.n}")
        mean = self.mean_sequences
        check("mean_sequences", mean, mean is None or 0 < mean < float("inf"), "null or a finite number > 0")


def read_published(values: Any, key: str) -> Published | None:
    """Check the published values of a sweep file.

    Parameters
    ----------
    values : mapping or None
        As in the file.
    key : str
        Where they stand, for the message.

    Raises
    ------
    ConfigError
        If they are no mapping, or a key is misspelt, missing, of a wrong type or out of range.
    """
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise ConfigError(f"{key}={values}: must be a mapping with solved, n and, if known, mean_sequences")
    found: Published = typed(Published, dict(values), key)
    return found
