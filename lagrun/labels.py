"""What a cell is called in texts and pictures: the keys that tell it from the others, shortened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lagrun.frame import NAME
from lagrun.table import short_names, value_text


def telling(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys whose values differ between cells, each of which has all keys."""
    return [key for key in cells[0] if len({value_text(cell[key]) for cell in cells}) > 1]


def label(cell: Mapping[str, Any], keys: Sequence[str]) -> str:
    """A cell by some of its keys, as ``lagrun.compare`` lets one choose it: ``p=50,keys=random``."""
    texts = [(short, value_text(cell[key])) for key, short in zip(keys, short_names(keys), strict=True)]
    return ",".join(f"{short}={text}" for short, text in texts if text)


def titles(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short names for pictures: the cell's name, if it has one, and what tells it from others: ``RTRL, p=4``."""
    keys = telling(cells) or list(cells[0])
    names = [value_text(cell.get(NAME)) for cell in cells]
    rest = [label(cell, [key for key in keys if key != NAME]).replace(",", ", ") for cell in cells]
    return [", ".join(filter(None, parts)) for parts in zip(names, rest, strict=True)]
