"""The cells that docs/results/ keeps, and the numbers that lagrun prints of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from lagrun.analysis.statistics import pairs
from lagrun.analysis.summary import grouped, sequences_and_spent, summarise
from scripts.artefacts import RESULTS, RUNS, read_runs


@dataclass(frozen=True)
class CommittedCell:
    """The runs of a cell, and its row of the summary.

    Attributes
    ----------
    name : str
        Such as ``table2 3``: the sweep, and the cell's place in it, from 1.
    sequences, spent : np.ndarray, shape (N,)
        As in `lagrun.analysis.statistics`.
    budget : float
        At which unsolved runs were given up.
    summary : pandas.Series
        Its row of `lagrun.analysis.summary.summarise`.
    """

    name: str
    sequences: np.ndarray
    spent: np.ndarray
    budget: float
    summary: pd.Series

    @property
    def n(self) -> int:
        """Runs with an outcome."""
        return len(self.sequences)

    @property
    def n_solved(self) -> int:
        """Solved ones among them."""
        return int(np.isfinite(self.sequences).sum())

    @property
    def is_half_solved(self) -> bool:
        """Whether exactly half of the runs are solved, so that no time is the middle one."""
        return 2 * self.n_solved == self.n

    @property
    def median(self) -> float:
        """As the summary has it; infinite where it is beyond the budget, which the summary leaves empty."""
        median = self.summary["median_sequences"]
        return float("inf") if pd.isna(median) else float(median)


@dataclass(frozen=True)
class CommittedPair:
    """Two neighbouring cells of a sweep, within the smaller budget of both, and our log-rank test of them.

    Attributes
    ----------
    name : str
        Such as ``table2 3 and 4``.
    times, solved : tuple of np.ndarray, shapes (N_a,), (N_b,)
        Sequences to the solution or the budget, and whether there was one.
    z, p : float
        Of `lagrun.analysis.statistics.pairs.time_test`.
    """

    name: str
    times: tuple[np.ndarray, np.ndarray]
    solved: tuple[np.ndarray, np.ndarray]
    z: float
    p: float

    @property
    def says_nothing(self) -> bool:
        """Whether nothing was solved in either cell."""
        return not any(each.any() for each in self.solved)


def committed(sweeps: Sequence[str] = ()) -> dict[str, list[CommittedCell]]:
    """Read the cells of some sweeps of docs/results/, or of all: sweep to its cells, in the order of its summary."""
    found = {}
    folders = [RESULTS / name for name in sweeps] or sorted(path.parent for path in RESULTS.glob(f"*/{RUNS}"))
    for folder in folders:
        runs = read_runs(folder)
        rows = summarise(runs)
        found[folder.name] = [
            CommittedCell(
                f"{folder.name} {number}",
                *sequences_and_spent(cell),
                float(cell["budget"].iloc[0]),
                rows.loc[number - 1],
            )
            for number, (_, cell) in enumerate(grouped(runs)[1], 1)
        ]
    return found


def neighbours(cells: list[CommittedCell]) -> list[CommittedPair]:
    """Pair each cell of a sweep with the next."""
    found = []
    for number, (a, b) in enumerate(pairwise(cells), 1):
        budget = min(a.budget, b.budget)
        within = [np.where(cell.sequences <= budget, cell.sequences, np.inf) for cell in (a, b)]
        z, p = pairs.time_test(within[0], within[1], budget)
        times_a, times_b = (np.minimum(each, budget) for each in within)
        solved_a, solved_b = (np.isfinite(each) for each in within)
        found.append(CommittedPair(f"{a.name} and {number + 1}", (times_a, times_b), (solved_a, solved_b), z, p))
    return found
