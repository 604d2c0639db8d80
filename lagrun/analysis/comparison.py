"""Compare cells: which solves more runs, which is faster, and by how much; see docs/statistics.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from lagrun.analysis.cell_titles import telling
from lagrun.analysis.cells import MeasuredCell
from lagrun.analysis.frame import NAME
from lagrun.analysis.statistics import pairs
from lagrun.analysis.values import is_typed, short_names
from lagrun.checks import ConfigError


def choose(cells: Sequence[MeasuredCell], wanted: Sequence[str]) -> list[MeasuredCell]:
    """Find cells by their number, name, or some of their keys.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        All there are.
    wanted : sequence of str
        Such as ``2``, ``LSTM`` or ``task.p=50,keys=random``. A key may be shortened to its last part if no other key
        ends in it. An empty sequence means all cells.

    Returns
    -------
    list of MeasuredCell

    Raises
    ------
    ConfigError
        If a cell is unknown, ambiguous, or chosen twice.
    """
    chosen: list[MeasuredCell] = []
    for text in wanted:
        found = [cell for cell in cells if _is(cell, text)]
        if len(found) > 1:
            numbers = ", ".join(str(cell.number) for cell in found)
            raise ConfigError(f"--cells {text}: fits {len(found)} cells, number {numbers}; name one of them")
        if not found:
            raise ConfigError(f"--cells {text}: no such cell; allowed: {_allowed(cells)}")
        if found[0] in chosen:
            raise ConfigError(f"--cells {text}: cell {found[0].number} is chosen twice")
        chosen += found
    return chosen or list(cells)


def compare(cells: Sequence[MeasuredCell]) -> pd.DataFrame:
    """Compare all pairs of cells, within the smaller budget of each pair.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        At least two.

    Returns
    -------
    pandas.DataFrame
        A row a pair: ``a``, ``b`` (numbers of the cells), ``budget`` (the smaller of both), ``n_a``, ``n_solved_a``,
        ``n_b``, ``n_solved_b`` (within it), ``a_faster`` (probability, ties half), ``p_solved`` (Boschloo), ``z_time``,
        ``p_time`` (log-rank; missing where it says nothing), ``p_solved_holm``, ``p_time_holm`` (adjusted over all
        pairs). All of these are missing where a cell's budget is less than its criterion needs.
    """
    rows = []
    for a, b in combinations(cells, 2):
        budget = min(a.budget, b.budget)
        times_a, times_b = (np.where(cell.sequences <= budget, cell.sequences, np.inf) for cell in (a, b))
        k_a, k_b = (int(np.isfinite(times).sum()) for times in (times_a, times_b))
        z, p_time = pairs.time_test(times_a, times_b, budget)
        tells = a.n_least is None and b.n_least is None
        rows.append(
            {
                "a": a.number,
                "b": b.number,
                "budget": budget,
                "n_a": len(times_a),
                "n_solved_a": k_a,
                "n_b": len(times_b),
                "n_solved_b": k_b,
                "a_faster": pairs.faster(times_a, times_b) if tells else np.nan,
                "p_solved": pairs.success_p(k_a, len(times_a), k_b, len(times_b)) if tells else np.nan,
                "z_time": z if tells else np.nan,
                "p_time": p_time if tells else np.nan,
            }
        )
    found = pd.DataFrame(rows)
    for name in ("p_solved", "p_time"):
        found[f"{name}_holm"] = pairs.holm(found[name].to_numpy(float))
    return found


def _is(cell: MeasuredCell, text: str) -> bool:
    """Tell whether a cell is what was asked for."""
    if text.isdecimal():
        return cell.number == int(text)
    if "=" not in text:
        return cell.keys.get(NAME) == text
    values = dict(zip(short_names(cell.keys), cell.keys.values(), strict=True)) | cell.keys
    asked = [part.partition("=") for part in re.split(r",(?![^\[]*\])", text)]
    return all(key.strip() in values and is_typed(value, values[key.strip()]) for key, _, value in asked)


def _allowed(cells: Sequence[MeasuredCell]) -> str:
    """The ways to name a cell, for an error message."""
    names = list(dict.fromkeys(str(cell.keys[NAME]) for cell in cells if pd.notna(cell.keys.get(NAME))))
    keys = telling([cell.keys for cell in cells]) or cells[0].keys
    return "; ".join([f"1 to {len(cells)}", *names, f"KEY=VALUE with the keys {', '.join(keys)}"])
