"""A cell's label in a sweep file: its name, and the values that a paper reports of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lagrun.checks import ConfigError, check, show
from lagrun.config.build import fill_dataclass


@dataclass(frozen=True)
class Published:
    """Published values of a cell.

    Parameters
    ----------
    solved : int
        Number of solved runs.
    n : int
        Number of all runs.
    mean_sequences, median_sequences : float or None
        Mean and median number of training sequences over the solved runs.
    """

    solved: int
    n: int
    mean_sequences: float | None = None
    median_sequences: float | None = None

    def __post_init__(self) -> None:
        check("n", self.n, self.n >= 1, "an integer >= 1")
        check("solved", self.solved, 0 <= self.solved <= self.n, f"an integer from 0 to n, here {self.n}")
        for name in ("mean_sequences", "median_sequences"):
            value = getattr(self, name)
            check(name, value, value is None or 0 < value < float("inf"), "null or a finite number > 0")


@dataclass(frozen=True)
class Label:
    """What the table shows of a cell beside the measured values.

    Parameters
    ----------
    name : str or None
        What the cell is called; several may share a name.
    published : Published or None
        What a paper reports of it.
    """

    name: str | None = None
    published: Published | None = None


#: Keys of a cell in a sweep file that do not belong to the configuration.
RESERVED = tuple(field.name for field in fields(Label))


def read_label(cell: Mapping[str, Any], key: str) -> Label:
    """Check the `RESERVED` keys of a cell, each of which may be left out.

    Parameters
    ----------
    cell : mapping
        As in the sweep file.
    key : str
        Where it stands, for the message.

    Raises
    ------
    ConfigError
        If the name is no text, or the published values are wrong.
    """
    name = cell.get("name")
    if not (name is None or (isinstance(name, str) and name.strip())):
        raise ConfigError(f"{key}.name={show(name)}: must be text")
    return Label(name, read_published(cell.get("published"), f"{key}.published"))


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
        allowed = "a mapping with solved, n and, if known, mean_sequences and median_sequences"
        raise ConfigError(f"{key}={show(values)}: must be {allowed}")
    found: Published = fill_dataclass(Published, dict(values), key)
    return found
