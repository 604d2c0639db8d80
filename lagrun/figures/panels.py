"""Distributes many cells over panels, and panels over a figure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import ceil

from lagrun.analysis.cell_titles import label, titling
from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.frame import NAME
from lagrun.analysis.values import identified

#: Most cells in one panel: with more, their bands could not be told apart.
MOST_LINES = 4

#: Most keys by which cells are grouped, and number of first keys from which these are chosen.
MOST_KEYS, CANDIDATES = 4, 10

#: Cells are grouped by early keys, such as the name, if this takes at most so many times the fewest panels possible:
#: the values of late keys, such as rates, are then side by side in a panel.
MORE_FOR_EARLY = 1.5

#: Keys to group cells by if no other keys will do: the first of these under which few cells are alone.
RELATED = (("model", "task"), ("task",), ("model",), ())

#: A space at which no line ends.
NO_BREAK = "\N{NO-BREAK SPACE}"

#: Most cells of a figure: with more, it would be as long as a book.
MOST_CELLS = 150


@dataclass(frozen=True)
class Panel:
    """Cells that share a panel.

    Attributes
    ----------
    title : str
        What they have in common and other panels do not; empty if there is nothing.
    cells : list of MeasuredCell
    labels : list of str
        What tells each cell from the others of the panel; empty if there is only one.
    """

    title: str
    cells: list[MeasuredCell]
    labels: list[str]


def panels(cells: Sequence[MeasuredCell], most: int = MOST_LINES) -> list[Panel]:
    """Distribute cells over panels.

    Up to `most` cells make one panel. More are grouped by the earliest keys that give at most `most` cells per panel,
    and not many more panels than other keys would. If most cells would be alone, they are grouped by model and task
    instead, and larger groups are split in their order.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        At least one.
    most : int
        Most cells in a panel.

    Returns
    -------
    list of Panel
        Every cell is in one of them, in order.
    """
    keys = titling([cell.keys for cell in cells])
    if len(cells) <= most:
        return [Panel("", list(cells), [cell.title for cell in cells] if len(cells) > 1 else [""])]
    ways = [
        (chosen, groups)
        for n in range(1, min(MOST_KEYS, len(keys)) + 1)
        for chosen in combinations(range(min(CANDIDATES, len(keys))), n)
        if max(map(len, groups := group_by_keys(cells, [keys[i] for i in chosen]))) <= most
    ]
    fewest = min((len(groups) for _, groups in ways), default=len(cells))
    if 2 * fewest > len(cells):
        return _related(cells, most, keys)
    _, best = min((way for way in ways if len(way[1]) <= MORE_FOR_EARLY * fewest), key=lambda way: way[0])
    return [_of_keys(group, keys) for group in best]


def group_by_keys(cells: Sequence[MeasuredCell], keys: Sequence[str]) -> list[list[MeasuredCell]]:
    """Group cells by the values of keys; groups are in the order of their first cells."""
    groups: dict[tuple[Hashable, ...], list[MeasuredCell]] = {}
    for cell in cells:
        groups.setdefault(tuple(identified(cell.keys[key]) for key in keys), []).append(cell)
    return list(groups.values())


def _shares(cells: Sequence[MeasuredCell], most: int) -> list[list[MeasuredCell]]:
    """Groups of consecutive cells, of lengths as equal as possible."""
    n = ceil(len(cells) / most)
    bounds = [round(i * len(cells) / n) for i in range(n + 1)]
    return [list(cells[start:end]) for start, end in pairwise(bounds)]


def _related(cells: Sequence[MeasuredCell], most: int, keys: Sequence[str]) -> list[Panel]:
    """Panels of cells that are alike in model and task, or in one of them; several panels for many such cells."""
    by, groups = next(
        (by, groups)
        for wanted in RELATED
        for by in [[key for key in wanted if key in cells[0].keys]]
        for groups in [group_by_keys(cells, by)]
        if 2 * len(groups) <= len(cells) + 1
    )
    found = []
    for group in groups:
        shares = _shares(group, most)
        for i, share in enumerate(shares):
            panel = _of_keys(share, keys)
            words = [share[0].texts[key] for key in by if len(group_by_keys(cells, [key])) > 1 and key not in keys]
            part = f"({i + 1}{NO_BREAK}of{NO_BREAK}{len(shares)})" if len(shares) > 1 else ""
            title = " ".join(filter(None, [", ".join(filter(None, [*words, panel.title])), part]))
            found.append(replace(panel, title=title))
    return found


def _of_keys(group: list[MeasuredCell], keys: Sequence[str]) -> Panel:
    """A panel whose title has the keys that its cells share, and whose labels have the others."""
    differing = [key for key in keys if len(group_by_keys(group, [key])) > 1]
    return Panel(
        named(group[0], [key for key in keys if key not in differing]),
        group,
        [named(cell, differing) for cell in group],
    )


def named(cell: MeasuredCell, keys: Sequence[str]) -> str:
    """A cell by some of its keys; its name stands without ``name=``."""
    name = cell.texts[NAME] if NAME in keys else ""
    rest = label(cell.texts, [key for key in keys if key != NAME]).replace(",", ", ")
    return ", ".join(filter(None, [name, rest]))


def grid(n: int, most_columns: int) -> tuple[int, int]:
    """Rows and columns for n panels: as few rows as possible, and then as few columns."""
    rows = ceil(n / most_columns)
    return rows, ceil(n / rows)
