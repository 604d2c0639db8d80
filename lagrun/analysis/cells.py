"""The cells of a frame of runs, with the measures that comparison, figures, pictures and report need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cell_titles import titles
from lagrun.analysis.solved import too_few
from lagrun.analysis.summary import grouped, sequences_and_spent
from lagrun.analysis.values import value_texts
from lagrun.interfaces.run_result import COUNTED, DIVERGED, FAILED, UNFINISHED

#: Column of the folder, if the cells of several folders are kept apart.
SWEEP = "sweep"


@dataclass(frozen=True, eq=False)
class MeasuredCell:
    """The runs of one cell.

    Attributes
    ----------
    number : int
        Its position in the frame, from 1.
    title : str
        What tells it from the others, in short; empty for the only one.
    keys : dict
        Column of the frame to value, of the columns that tell cells apart.
    texts : dict
        The same values as texts, different texts for different values; empty where there is no value.
    runs : pandas.DataFrame
        Its rows of the frame.
    sequences : np.ndarray, shape (N,)
        Sequences to the solution of the runs with an outcome, infinity where unsolved.
    spent : np.ndarray, shape (N,)
        Sequences used by them.
    diverged : np.ndarray of bool, shape (N,)
        Which of them diverged.
    budget : float
        Sequences after which runs were given up.
    n_missing : int
        Failed and unfinished runs, which are not among the N.
    n_least : int or None
        Sequences that the criterion needs, if the budget is less; no run can then be solved.
    """

    number: int
    title: str
    keys: dict[str, Any]
    texts: dict[str, str]
    runs: pd.DataFrame
    sequences: np.ndarray
    spent: np.ndarray
    diverged: np.ndarray
    budget: float
    n_missing: int = 0
    n_least: int | None = None

    @property
    def ended(self) -> pd.DataFrame:
        """The rows of the N runs that have an outcome."""
        return _ended(self.runs)

    @property
    def solved(self) -> np.ndarray:
        """Sequences of the k solved runs, in ascending order, shape (k,)."""
        return np.sort(statistics.solved_only(self.sequences))

    @property
    def count(self) -> str:
        """Solved runs of all with an outcome, ``k/N``."""
        return f"{len(self.solved)}/{len(self.sequences)}"


def measured_cells(runs: pd.DataFrame) -> list[MeasuredCell]:
    """List the cells of a frame.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`, with a column `SWEEP` if it is of several folders that are kept apart.

    Returns
    -------
    list of MeasuredCell
        In the order of the frame; also those without a run that has an outcome.
    """
    if runs.empty:
        return []
    names, groups = grouped(runs, [SWEEP] if SWEEP in runs else [])
    keys = [dict(zip(names, values, strict=True)) for values, _ in groups]
    told = zip(titles(keys), keys, value_texts(keys), groups, strict=True)
    return [
        MeasuredCell(
            number,
            title,
            of_cell,
            texts,
            cell,
            *sequences_and_spent(cell),
            (_ended(cell)["outcome"] == DIVERGED).to_numpy(),
            float(cell["budget"].iloc[0]),
            int(cell["outcome"].isin([FAILED, UNFINISHED]).sum()),
            too_few(cell.iloc[0].to_dict()),
        )
        for number, (title, of_cell, texts, (_, cell)) in enumerate(told, 1)
    ]


def with_outcome(runs: pd.DataFrame) -> list[MeasuredCell]:
    """List the cells of a frame that have a run with an outcome."""
    return [cell for cell in measured_cells(runs) if len(cell.sequences)]


def _ended(runs: pd.DataFrame) -> pd.DataFrame:
    """The rows of runs that have an outcome."""
    return runs[runs["outcome"].isin(COUNTED)]
