"""What a cell is called in texts and pictures: the keys that tell it from the others, shortened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lagrun.checks import one_line
from lagrun.frame import NAME
from lagrun.identity import BUDGET
from lagrun.summary import NAMED
from lagrun.table import short_names, value_text


def telling(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys whose values differ between cells, each of which has all keys."""
    return [key for key in cells[0] if len({identified(cell[key]) for cell in cells}) > 1]


def identified(value: Any) -> Hashable:
    """What a value is compared by: all missing ones are the same, and a truth value is no number."""
    if not isinstance(value, str) and pd.isna(value):
        return None
    return isinstance(value, bool | np.bool_), value


def shown(cells: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The values of cells as texts, short unless that is how different values of a key would look alike.

    Parameters
    ----------
    cells : sequence of mapping
        Each of which has all keys.

    Returns
    -------
    list of dict
        Key to text, a dict a cell.
    """
    texts: list[dict[str, str]] = [{} for _ in cells]
    for key in cells[0] if cells else ():
        short = {identified(cell[key]): value_text(cell[key]) for cell in cells}
        n_of = Counter(short.values())
        for cell, found in zip(cells, texts, strict=True):
            text = short[identified(cell[key])]
            found[key] = _in_full(cell[key]) if text and n_of[text] > 1 else text
    return texts


def _in_full(value: Any) -> str:
    return one_line(repr(value.item() if isinstance(value, np.generic) else value))


def label(cell: Mapping[str, Any], keys: Sequence[str]) -> str:
    """A cell by some of its keys, as ``lagrun.compare`` lets one choose it: ``p=50,keys=random``."""
    texts = [(short, value_text(cell[key])) for key, short in zip(keys, short_names(keys), strict=True)]
    return ",".join(f"{short}={text}" for short, text in texts if text)


def titles(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short names for pictures: the cell's name, if it has one, and what tells it from others: ``RTRL, p=4``."""
    keys = titling(cells)
    texts = shown(cells)
    names = [cell[NAME] if NAME in keys else "" for cell in texts]
    rest = [label(cell, [key for key in keys if key != NAME]).replace(",", ", ") for cell in texts]
    return [", ".join(filter(None, parts)) for parts in zip(names, rest, strict=True)]


def titling(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys of `titles`: of those that differ, not what a name tells, nor a budget that follows from the others."""
    keys = telling(cells)
    if NAME in keys:
        keys = [key for key in keys if key in (*NAMED, BUDGET) or _differs_within(cells, [NAME], key)]
    others = [key for key in keys if key != BUDGET]
    if BUDGET in keys and others and not _differs_within(cells, others, BUDGET):
        keys = others
    return keys or list(cells[0])


def _differs_within(cells: Sequence[Mapping[str, Any]], keys: Sequence[str], key: str) -> bool:
    """Tell whether a key differs between cells that have some keys alike."""
    found: dict[tuple[Hashable, ...], Hashable] = {}
    return any(
        found.setdefault(tuple(identified(cell[name]) for name in keys), value) != value
        for cell in cells
        for value in [identified(cell[key])]
    )
