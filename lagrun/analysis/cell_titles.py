"""What a cell is called in texts and pictures: the keys that tell it from the others, shortened."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from lagrun.analysis.frame import NAME
from lagrun.analysis.summary import NAMED
from lagrun.analysis.values import identified, short_names, value_text, value_texts
from lagrun.config.identity import BUDGET


def telling(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys whose values differ between cells; all cells must have the same keys."""
    return [key for key in cells[0] if len({identified(cell[key]) for cell in cells}) > 1]


def label(cell: Mapping[str, Any], keys: Sequence[str]) -> str:
    """A cell by some of its keys, as ``lagrun.compare`` lets one choose it: ``p=50,keys=random``."""
    told = [(short, value_text(cell[key])) for key, short in zip(keys, short_names(keys), strict=True)]
    return ",".join(f"{short}={text}" for short, text in told if text)


def titles(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short names for pictures: the cell's name, if it has one, and what tells it from others: ``RTRL, p=4``."""
    keys = titling(cells)
    told = value_texts(cells)
    names = [cell[NAME] if NAME in keys else "" for cell in told]
    rest = [label(cell, [key for key in keys if key != NAME]).replace(",", ", ") for cell in told]
    return [", ".join(filter(None, parts)) for parts in zip(names, rest, strict=True)]


def titling(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys that `titles` shows: those that differ, but none that follows from the name, nor a budget from the rest."""
    keys = telling(cells)
    if NAME in keys:
        keys = [key for key in keys if key in (*NAMED, BUDGET) or _differs_within(cells, [NAME], key)]
    others = [key for key in keys if key != BUDGET]
    if BUDGET in keys and others and not _differs_within(cells, others, BUDGET):
        keys = others
    return keys or list(cells[0])


def _differs_within(cells: Sequence[Mapping[str, Any]], keys: Sequence[str], key: str) -> bool:
    """Tell whether a key differs between cells that are alike in all of `keys`."""
    found: dict[tuple[Hashable, ...], Hashable] = {}
    return any(
        found.setdefault(tuple(identified(cell[name]) for name in keys), value) != value
        for cell in cells
        for value in [identified(cell[key])]
    )
