"""Compare the cells of a frame of runs from Python; the result has the cells' titles beside their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lagrun.analysis.cell_titles import label, telling
from lagrun.analysis.cells import MeasuredCell, measured_cells
from lagrun.analysis.comparison import choose, compare
from lagrun.analysis.values import value_texts
from lagrun.checks import ConfigError


def compare_cells(runs: pd.DataFrame, *cells: str) -> pd.DataFrame:
    """Compare cells in pairs: does one solve more runs than the other, and is it faster.

    The same as ``python -m lagrun.compare``; docs/statistics.md has the definitions.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.read_runs`.
    *cells : str
        Which to compare: numbers from 1, names, or ``key=value[,key=value]``; by default all.

    Returns
    -------
    pandas.DataFrame
        A row a pair: ``a``, ``b`` (numbers of the cells), ``cell_a``, ``cell_b`` (what tells them apart), ``budget``
        (the smaller of both), ``n_a``, ``n_solved_a``, ``n_b``, ``n_solved_b`` (within it), ``a_faster`` (probability,
        ties half), ``p_solved`` (Boschloo), ``z_time``, ``p_time`` (log-rank), ``p_solved_holm``, ``p_time_holm``
        (adjusted over all pairs).

    Raises
    ------
    ConfigError
        If a cell is unknown or chosen twice, or there are fewer than two.

    Examples
    --------
    >>> import lagrun
    >>> found = lagrun.compare_cells(lagrun.read_runs("outputs/two_lags"))
    >>> found[["cell_a", "cell_b", "n_solved_a", "n_solved_b", "p_solved"]]
      cell_a cell_b  n_solved_a  n_solved_b  p_solved
    0    p=4    p=5           0           1     0.625
    """
    chosen = choose(measured_cells(runs), cells)
    if len(chosen) < 2:
        raise ConfigError("only one cell; there must be two or more to compare")
    return labelled(chosen, compare(chosen))


def labelled(cells: Sequence[MeasuredCell], found: pd.DataFrame) -> pd.DataFrame:
    """Add columns that say which cells the numbers of a comparison are."""
    keys = telling([cell.keys for cell in cells])
    told = value_texts([cell.keys for cell in cells])
    labels = {cell.number: label(text, keys) for cell, text in zip(cells, told, strict=True)}
    with_labels = found.copy()
    with_labels.insert(2, "cell_a", found["a"].map(labels))
    with_labels.insert(3, "cell_b", found["b"].map(labels))
    return with_labels
