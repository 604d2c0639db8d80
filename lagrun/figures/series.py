"""Cells of a sweep that differ in their lag only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lagrun.analysis.cell_titles import titling
from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.frame import NAME
from lagrun.checks import ConfigError
from lagrun.config.identity import BUDGET
from lagrun.figures.asked import full_name, is_number
from lagrun.figures.panels import group_by_keys, named

P, Q = "task.p", "task.q"


@dataclass(frozen=True)
class Series:
    """Cells that differ in their lag alone.

    Attributes
    ----------
    key : str
        Of the lag that differs: `P`, `Q`, or what was asked for.
    label : str
        What tells the series from others.
    cells : list of MeasuredCell
        In ascending order of their lags, which are all different.
    """

    key: str
    label: str
    cells: list[MeasuredCell]


def asked_key(cells: Sequence[MeasuredCell], asked: str) -> str:
    """The full name of a lag that is asked for; ConfigError if it cannot be one."""
    varying = titling([cell.keys for cell in cells]) if cells else []
    key = full_name("--lag", asked, [name for name in varying if len(group_by_keys(_with(cells, name), [name])) > 1])
    wrong = [cell.texts[key] for cell in _with(cells, key) if not is_number(cell.keys[key]) or cell.keys[key] <= 0]
    if wrong:
        raise ConfigError(f"--lag {asked}: {key}={wrong[0]}: a lag must be a number > 0")
    return key


def series_of(cells: Sequence[MeasuredCell], asked: str = "") -> list[Series]:
    """Find groups of cells that differ in one lag only, or have p = q and differ in nothing else; budgets may differ.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        Of a sweep.
    asked : str
        The key of the lag; empty: `P` and `Q`.

    Returns
    -------
    list of Series
        Long ones first. A series of two lags, or with p = q, is kept only if it has a cell that no longer series has.
    """
    if not cells:
        return []
    keys = titling([cell.keys for cell in cells])
    groups: list[tuple[str, list[MeasuredCell], list[str], bool]] = []
    for key in (asked,) if asked else (Q, P):
        if key in keys:
            others = [name for name in keys if name not in (key, BUDGET)]
            groups += [(key, group, others, False) for group in _alike(_with(cells, key), others, key)]
    if P in keys and Q in keys and not asked:
        others = [name for name in keys if name not in (P, Q, BUDGET)]
        diagonal = [cell for cell in _with(cells, Q) if cell.keys[P] == cell.keys[Q]]
        groups += [(Q, group, others, True) for group in _alike(diagonal, others, Q)]
    groups.sort(key=lambda group: -len(group[1]))
    kept: list[tuple[str, list[MeasuredCell], list[str], bool]] = []
    seen: set[int] = set()
    for group in groups:
        is_new = any(id(cell) not in seen for cell in group[1])
        if is_new or (len(group[1]) > 2 and not group[3]):
            kept.append(group)
            seen |= {id(cell) for cell in group[1]}
    left_out = [cell for cell in cells if id(cell) not in seen]
    return [Series(key, _label(group, others, kept, both, left_out), group) for key, group, others, both in kept]


def _with(cells: Sequence[MeasuredCell], key: str) -> list[MeasuredCell]:
    return [cell for cell in cells if cell.texts.get(key)]


def _alike(cells: Sequence[MeasuredCell], others: Sequence[str], key: str) -> list[list[MeasuredCell]]:
    """Groups of at least two lags, each lag once."""
    found = []
    for group in group_by_keys(cells, others):
        parts = [group] if len({cell.keys[key] for cell in group}) == len(group) else group_by_keys(group, [BUDGET])
        found += [sorted(part, key=lambda cell: float(cell.keys[key])) for part in parts if len(part) > 1]
    return found


def _label(
    group: list[MeasuredCell],
    others: Sequence[str],
    kept: Sequence[tuple[Any, ...]],
    both: bool,
    left_out: Sequence[MeasuredCell],
) -> str:
    """What tells a series from the others of the figure, and from cells left out, by name if cells have names."""
    firsts = [other[1][0] for other in kept]
    if NAME not in others:
        firsts += left_out
    differing = [
        key for key in others if len(group_by_keys(firsts, [key])) > 1 or key in (P, Q) or (key == NAME and left_out)
    ]
    is_clear = len(kept) == 1 and not left_out
    return "" if is_clear else ", ".join(filter(None, ["p = q" if both else "", named(group[0], differing)]))
