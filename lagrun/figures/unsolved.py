"""Leaves out cells without a solved run if they would be most of a long figure."""

from __future__ import annotations

from collections.abc import Sequence

from lagrun.analysis.cell_titles import label, titling
from lagrun.analysis.cells import MeasuredCell
from lagrun.figures.panels import group_by_keys

#: Number of cells above which a figure is long, and most cells that are named one by one.
FEW, MOST_NAMED = 20, 12


def to_draw(cells: Sequence[MeasuredCell]) -> tuple[list[MeasuredCell], str]:
    """Leave out the cells without a solved run if the figure is long and they are at least half of it.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        All have runs with an outcome.

    Returns
    -------
    drawn : list of MeasuredCell
        All of them if nothing at all was solved.
    said : str
        What is left out, for a caption; empty if there is nothing.
    """
    drawn = [cell for cell in cells if len(cell.solved)]
    unsolved = [cell for cell in cells if not len(cell.solved)]
    if len(cells) <= FEW or not drawn or len(unsolved) < len(drawn):
        return list(cells), ""
    return drawn, f"Not drawn: the {len(unsolved)} cells of which no run was solved, {_in_short(unsolved, drawn)}. "


def _in_short(cells: Sequence[MeasuredCell], others: Sequence[MeasuredCell]) -> str:
    """A value that all `cells` and none of the `others` have; if there is none, the names of the cells."""
    for key in titling([cell.keys for cell in (*cells, *others)]):
        if len(group_by_keys(cells, [key])) == 1 and len(group_by_keys([cells[0], *others], [key])) > len(
            group_by_keys(others, [key])
        ):
            return f"which are all those with {label(cells[0].texts, [key])}"
    more = len(cells) - MOST_NAMED
    return "; ".join(cell.title for cell in cells[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
