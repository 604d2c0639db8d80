"""The share of solved runs over two keys of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from lagrun.analysis.cell_titles import titling
from lagrun.analysis.cells import MeasuredCell, measured_cells
from lagrun.analysis.values import short_names
from lagrun.checks import ConfigError
from lagrun.config.identity import BUDGET
from lagrun.figures.asked import full_name
from lagrun.figures.captions import describe_cells, setting
from lagrun.figures.drawing import Drawing, styled
from lagrun.figures.panels import group_by_keys, named
from lagrun.figures.squares import Table, draw, table_of

NAME = "heat_map"

#: Most panels; least share of squares that must be cells, if the user asks for no keys.
MOST_PANELS, LEAST_SHARE = 24, 1 / 3

#: Least share of squares that are cells, and least number of cells per panel, for two keys to be good ones.
GOOD_SHARE, GOOD_CELLS = 2 / 3, 3

#: What there must be.
NEEDS = f"two keys that vary, of whose combinations a third were run, in at most {MOST_PANELS} panels; see --keys"

CAPTION = (
    "Share of runs solved within the budget, over {x} and {y}. In each square: solved runs k of all N that ended, "
    "diverged ones among them. "
)
CAPTION_HATCHED = "Hatched squares are no cells of the sweep. "
CAPTION_EMPTY = "0 ended: all runs of the cell failed or are unfinished. "


def heat_map(runs: pd.DataFrame, keys: Sequence[str] = ()) -> Drawing | None:
    """Draw the share of solved runs as a table of squares; as several tables if two keys do not tell all cells apart.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    keys : sequence of str
        The key across and the key upwards, which may be shortened as in ``p`` for ``task.p``. If empty: of the pairs
        that fill most squares of their tables, or of all pairs if there is none, the one with most values.

    Returns
    -------
    Drawing or None
        None unless there is what `NEEDS` says.

    Raises
    ------
    ConfigError
        If keys are asked for that are not two different ones that vary.
    """
    cells = measured_cells(runs)
    if not any(len(cell.sequences) for cell in cells):
        return None
    varying = titling([cell.keys for cell in cells])
    x, y = chosen(cells, varying, keys) or ("", "")
    if not x:
        return None
    tables = _tables(cells, x, y, varying)
    if len(tables) > MOST_PANELS or not (keys or _is_good(tables) or _is_fair(cells, x, y, len(tables))):
        return None
    names = short_names([x, y])
    caption = CAPTION.format(x=names[0], y=names[1])
    caption += CAPTION_HATCHED * (_share(tables) < 1) + CAPTION_EMPTY * any(not len(cell.sequences) for cell in cells)
    caption += setting(cells, runs)
    with styled():
        figure = draw(tables, names, caption)
    alt = f"Share of runs solved over {names[0]} and {names[1]}, {len(cells)} cells. {describe_cells(cells)}"
    return Drawing(NAME, figure, caption, alt)


def chosen(cells: Sequence[MeasuredCell], varying: Sequence[str], keys: Sequence[str]) -> tuple[str, str] | None:
    """Choose the key across and the key upwards: those asked for, or the two with most values that fill their tables.

    Parameters
    ----------
    cells : sequence of MeasuredCell
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
    n_values = {key: len(group_by_keys(cells, [key])) for key in varying}
    several = [key for key in varying if n_values[key] > 1]
    if keys:
        across, upwards = (full_name("--keys", key, several) for key in keys)
        if across == upwards:
            raise ConfigError(f"--keys {' '.join(keys)}: must be two different keys; allowed: {', '.join(several)}")
        return across, upwards
    ranked = sorted((key for key in several if key != BUDGET), key=lambda key: -n_values[key])
    pairs = list(combinations(ranked, 2))
    good = (pair for pair in pairs if _is_good(_tables(cells, *pair, varying)))
    return next(good, pairs[0] if pairs else None)


def _is_good(tables: Sequence[Table]) -> bool:
    """Tell whether most squares of the tables are cells, and the tables are neither too many nor too small."""
    is_small = min(len(table.cells) for table in tables) < GOOD_CELLS
    return len(tables) <= MOST_PANELS and not is_small and _share(tables) >= GOOD_SHARE


def _is_fair(cells: Sequence[MeasuredCell], x: str, y: str, n_tables: int) -> bool:
    """Tell whether enough of all combinations were run, and some values of both keys were combined."""
    n_across, n_upwards = (len(group_by_keys(cells, [key])) for key in (x, y))
    return len(cells) >= LEAST_SHARE * n_tables * n_across * n_upwards and len(cells) > max(n_across, n_upwards)


def _share(tables: Sequence[Table]) -> float:
    """Share of squares that are cells."""
    return sum(len(table.cells) for table in tables) / sum(table.n_squares for table in tables)


def _tables(cells: Sequence[MeasuredCell], x: str, y: str, varying: Sequence[str]) -> list[Table]:
    """Tables over two keys; cells that these keys do not tell apart are in different tables."""
    groups = _apart(cells, x, y, varying)
    differing = [key for key in varying if key not in (x, y) and len(group_by_keys([g[0] for g in groups], [key])) > 1]
    return [table_of(named(group[0], differing), group, x, y) for group in groups]


def _apart(cells: Sequence[MeasuredCell], x: str, y: str, varying: Sequence[str]) -> list[list[MeasuredCell]]:
    """Group cells by as few further keys as possible, so that no two cells of a group share a square."""
    further: list[str] = []
    others = [key for key in varying if key not in (x, y)]
    others += [BUDGET] if BUDGET in cells[0].keys and BUDGET not in (*others, x, y) else []
    while len(group_by_keys(cells, [x, y, *further])) < len(cells) and others:
        best = max(others, key=lambda key: len(group_by_keys(cells, [x, y, *further, key])))
        further.append(best)
        others.remove(best)
    return group_by_keys(cells, further) if further else [list(cells)]
