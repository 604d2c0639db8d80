"""Cells compared: does one solve more runs than another, is it faster, and by how much; see docs/statistics.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lagrun.analysis.cell_titles import telling
from lagrun.analysis.frame import NAME
from lagrun.analysis.solved import too_few
from lagrun.analysis.statistics import pairs
from lagrun.analysis.summary import grouped, sequences_and_spent
from lagrun.analysis.values import is_typed, short_names
from lagrun.checks import ConfigError
from lagrun.interfaces.run_result import FAILED, UNFINISHED

#: Column of the folder, where cells of several are kept apart.
SWEEP = "sweep"


@dataclass(frozen=True)
class ComparedCell:
    """The runs of one cell.

    Attributes
    ----------
    number : int
        Its place in the sweep, from 1.
    keys : dict
        What tells it from the others: column of the summary to value.
    sequences : np.ndarray, shape (N,)
        Sequences to the solution of the runs with an outcome, infinity where unsolved.
    budget : float
        Sequences after which runs were given up.
    n_missing : int
        Failed and unfinished runs, which are left out.
    n_least : int or None
        Sequences that the criterion needs, if the budget is less: that none is solved tells nothing.
    """

    number: int
    keys: dict[str, Any]
    sequences: np.ndarray
    budget: float
    n_missing: int
    n_least: int | None = None


def cells_of(runs: pd.DataFrame) -> list[ComparedCell]:
    """List the cells of a frame.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`, with a column `SWEEP` if it is of several folders.

    Returns
    -------
    list of ComparedCell
        In the order of the frame.
    """
    keys, cells = grouped(runs, [SWEEP] if SWEEP in runs else [])
    return [
        ComparedCell(
            number,
            dict(zip(keys, values, strict=True)),
            sequences_and_spent(cell)[0],
            float(cell["budget"].iloc[0]),
            int(cell["outcome"].isin([FAILED, UNFINISHED]).sum()),
            too_few(cell.iloc[0].to_dict()),
        )
        for number, (values, cell) in enumerate(cells, 1)
    ]


def choose(cells: Sequence[ComparedCell], wanted: Sequence[str]) -> list[ComparedCell]:
    """Find cells by their number, name, or some of their keys.

    Parameters
    ----------
    cells : sequence of ComparedCell
        All there are.
    wanted : sequence of str
        Such as ``2``, ``LSTM`` or ``task.p=50,keys=random``; a key may be shortened to its last part, if that is only
        one key's. None means all cells.

    Returns
    -------
    list of ComparedCell

    Raises
    ------
    ConfigError
        If a cell is unknown, not the only one of its kind, or chosen twice.
    """
    chosen: list[ComparedCell] = []
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


def compare(cells: Sequence[ComparedCell]) -> pd.DataFrame:
    """Compare all pairs of cells, within the smaller budget of each pair.

    Parameters
    ----------
    cells : sequence of ComparedCell
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


def _is(cell: ComparedCell, text: str) -> bool:
    """Tell whether a cell is what was asked for."""
    if text.isdecimal():
        return cell.number == int(text)
    if "=" not in text:
        return cell.keys.get(NAME) == text
    values = dict(zip(short_names(cell.keys), cell.keys.values(), strict=True)) | cell.keys
    asked = [part.partition("=") for part in re.split(r",(?![^\[]*\])", text)]
    return all(key.strip() in values and is_typed(value, values[key.strip()]) for key, _, value in asked)


def _allowed(cells: Sequence[ComparedCell]) -> str:
    """What a cell may be called."""
    names = list(dict.fromkeys(str(cell.keys[NAME]) for cell in cells if pd.notna(cell.keys.get(NAME))))
    keys = telling([cell.keys for cell in cells]) or cells[0].keys
    return "; ".join([f"1 to {len(cells)}", *names, f"KEY=VALUE with the keys {', '.join(keys)}"])
