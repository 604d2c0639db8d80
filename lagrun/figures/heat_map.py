"""The share of solved runs over two keys of the configuration."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lagrun.checks import ConfigError
from lagrun.figures.asked import full_name, is_number
from lagrun.figures.cells import FigureCell, figure_cells, setting, told
from lagrun.figures.drawing import Drawing, add_caption, new_figure, styled
from lagrun.figures.panels import grid, named, together, wrapped
from lagrun.identity import BUDGET
from lagrun.labels import titling
from lagrun.values import identified, short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

NAME = "heat_map"

#: Panels, at most; share of squares that must be there, if keys are not asked for.
MOST_PANELS, LEAST_SHARE = 24, 1 / 3

#: What there must be.
NEEDS = f"two keys that vary, of whose combinations a third were run, in at most {MOST_PANELS} panels; see --keys"

CAPTION = (
    "Share of runs solved within the budget, over {x} and {y}. In each square: solved runs k of all N that ended, "
    "diverged ones among them. "
)
CAPTION_HATCHED = "Hatched squares are no cells of the sweep. "
CAPTION_EMPTY = "0 ended: all runs of the cell failed or are unfinished. "

#: Share above which a square is dark.
DARK = 0.55

#: Values of a key along an axis, as they are compared, and their texts.
Values = dict[Hashable, str]


def heat_map(runs: pd.DataFrame, keys: Sequence[str] = ()) -> Drawing | None:
    """Draw the share of solved runs as a table of squares; what two keys do not tell apart, as several tables.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.frame.frame`.
    keys : sequence of str
        The key across and the key upwards, which may be shortened as in ``p`` for ``task.p``; none: the two that have
        most values.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.

    Raises
    ------
    ConfigError
        If keys are asked for that are not two different ones that vary.
    """
    cells = figure_cells(runs)
    if not any(len(cell.sequences) for cell in cells):
        return None
    varying = titling([cell.keys for cell in cells])
    x, y = chosen(cells, varying, keys) or ("", "")
    if not x:
        return None
    groups = _apart(cells, x, y, varying)
    across, upwards = values_of(cells, x), values_of(cells, y)
    share = len(cells) / (len(groups) * len(across) * len(upwards))
    if len(groups) > MOST_PANELS or (
        not keys and (share < LEAST_SHARE or len(cells) <= max(len(across), len(upwards)))
    ):
        return None
    names = short_names([x, y])
    caption = CAPTION.format(x=names[0], y=names[1])
    caption += CAPTION_HATCHED * (share < 1) + CAPTION_EMPTY * any(not len(cell.sequences) for cell in cells)
    caption += setting(cells, runs)
    panel = 0.72 * len(across) + 0.3, 0.45 * len(upwards) + 0.55
    n_rows, n_columns = grid(len(groups), max(1, int(11 / panel[0])))
    differing = [key for key in varying if key not in (x, y) and len(together([g[0] for g in groups], [key])) > 1]
    with styled():
        figure = new_figure(max(6.0, panel[0] * n_columns + 2.2), panel[1] * n_rows + 1.7)
        drawn = []
        for i, group in enumerate(groups):
            axes = figure.add_subplot(n_rows, n_columns, i + 1)
            mesh = _draw(axes, group, (x, y), (across, upwards))
            drawn.append(axes)
            if len(groups) > 1:
                title = wrapped(named(group[0], differing), max(16, int(panel[0] * 11)))
                axes.set_title(title, loc="left", fontsize=9)
            axes.tick_params(labelbottom=i + n_columns >= len(groups), labelleft=i % n_columns == 0)
            if i + n_columns >= len(groups):
                axes.set_xlabel(names[0])
            if i % n_columns == 0:
                axes.set_ylabel(names[1])
        bar = figure.colorbar(mesh, ax=drawn, label="share of runs solved", aspect=18)
        bar.outline.set_visible(False)
        add_caption(figure, caption)
    alt = f"Share of runs solved over {names[0]} and {names[1]}, {len(cells)} cells. {told(cells)}"
    return Drawing(NAME, figure, caption, alt)


def chosen(cells: Sequence[FigureCell], varying: Sequence[str], keys: Sequence[str]) -> tuple[str, str] | None:
    """Choose the key across and the key upwards: those asked for, or the two with most values.

    Parameters
    ----------
    cells : sequence of FigureCell
        At least one.
    varying : sequence of str
        Keys to choose from.
    keys : sequence of str
        Asked for; may be none.

    Returns
    -------
    tuple of str, or None
        None where fewer than two vary.

    Raises
    ------
    ConfigError
        If keys are asked for that are not two different ones that vary.
    """
    n_values = {key: len(together(cells, [key])) for key in varying}
    several = [key for key in varying if n_values[key] > 1]
    if keys:
        across, upwards = (full_name("--keys", key, several) for key in keys)
        if across == upwards:
            raise ConfigError(f"--keys {' '.join(keys)}: must be two different keys; allowed: {', '.join(several)}")
        return across, upwards
    ranked = sorted((key for key in several if key != BUDGET), key=lambda key: -n_values[key])
    return (ranked[0], ranked[1]) if len(ranked) > 1 else None


def values_of(cells: Sequence[FigureCell], key: str) -> Values:
    """Values of a key, and their texts: ascending where they are numbers, else in the order of the cells."""
    values = {identified(cell.keys[key]): cell.keys[key] for cell in cells}
    texts = {identified(cell.keys[key]): cell.texts[key] for cell in cells}
    numbers = [each for each, value in values.items() if is_number(value)]
    order = sorted(numbers, key=lambda each: float(values[each])) + [each for each in values if each not in numbers]
    return {each: texts[each] for each in order}


def shares(cells: Sequence[FigureCell], keys: tuple[str, str], values: tuple[Values, Values]) -> np.ndarray:
    """Shares of solved runs, shape (values upwards, values across); NaN where there is no cell, or no run ended."""
    found = np.full((len(values[1]), len(values[0])), np.nan)
    for cell in cells:
        column, row = _square(cell, keys, values)
        found[row, column] = len(cell.solved) / len(cell.sequences) if len(cell.sequences) else np.nan
    return found


def _square(cell: FigureCell, keys: tuple[str, str], values: tuple[Values, Values]) -> tuple[int, int]:
    """Column and row of a cell."""
    column, row = (list(each).index(identified(cell.keys[key])) for key, each in zip(keys, values, strict=True))
    return column, row


def _apart(cells: Sequence[FigureCell], x: str, y: str, varying: Sequence[str]) -> list[list[FigureCell]]:
    """Groups of cells of which no two are of one square, by as few further keys as will do."""
    further: list[str] = []
    others = [key for key in varying if key not in (x, y)]
    others += [BUDGET] if BUDGET in cells[0].keys and BUDGET not in (*others, x, y) else []
    while len(together(cells, [x, y, *further])) < len(cells) and others:
        best = max(others, key=lambda key: len(together(cells, [x, y, *further, key])))
        further.append(best)
        others.remove(best)
    return together(cells, further) if further else [list(cells)]


def _draw(
    axes: Axes, cells: Sequence[FigureCell], keys: tuple[str, str], values: tuple[Values, Values]
) -> ScalarMappable:
    """One table of squares."""
    from matplotlib.patches import Rectangle

    found = shares(cells, keys, values)
    axes.patch.set(facecolor="#eeeeee", hatch="///", edgecolor="#bbbbbb")
    mesh = axes.pcolormesh(np.ma.masked_invalid(found), cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for cell in cells:
        column, row = _square(cell, keys, values)
        if not len(cell.sequences):
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor="#eeeeee", edgecolor="white", linewidth=2))
        text = cell.count if len(cell.sequences) else "0 ended"
        colour = "white" if found[row, column] > DARK else "black"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(np.arange(len(values[0])) + 0.5, [text or "none" for text in values[0].values()], fontsize=9)
    axes.set_yticks(np.arange(len(values[1])) + 0.5, [text or "none" for text in values[1].values()], fontsize=9)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return mesh
