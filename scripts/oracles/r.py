"""R's survival beside ours: median, its interval, Wilson's, and the log-rank test."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.oracles import Agreement, is_near
from scripts.oracles.cells import CommittedCell, CommittedPair

SCRIPT = Path(__file__).with_name("survival.R")

#: Kinds of R's interval of a survival curve.
KINDS = ("plain", "log", "log-log")


def missing() -> str:
    """Name what is not installed; empty if all is."""
    if shutil.which("Rscript") is None:
        return "R"
    has = subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False).returncode == 0
    return "" if has else "R's package survival"


@dataclass(frozen=True)
class ByR:
    """What R says: a row a cell or a pair, in the order asked; NA is NaN."""

    version: str
    cells: pd.DataFrame
    pairs: pd.DataFrame


def ask(
    cells: Sequence[tuple[np.ndarray, np.ndarray]],
    pairs: Sequence[CommittedPair] = (),
) -> ByR:
    """Run R once.

    Parameters
    ----------
    cells : sequence of (times, solved)
        Sequences to the solution or the budget, and whether there was one, shapes (N,).
    pairs : sequence of CommittedPair
        Pairs to test.

    Returns
    -------
    ByR
    """
    rows = [
        pd.DataFrame({"cell": i, "time": times, "solved": solved.astype(int)})
        for i, (times, solved) in enumerate(cells)
    ]
    rows_of_pairs = [
        pd.DataFrame({"pair": i, "group": group, "time": pair.times[group], "solved": pair.solved[group].astype(int)})
        for i, pair in enumerate(pairs)
        for group in (0, 1)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pd.concat(rows).to_csv(folder / "cells.csv", index=False)
        if pairs:
            pd.concat(rows_of_pairs).to_csv(folder / "pairs.csv", index=False)
        done = subprocess.run(["Rscript", str(SCRIPT), name], capture_output=True, text=True, check=True)
        read = [_answers(folder / f"{kind}s_by_r.csv", kind) for kind in ("cell", "pair")]
    r, survival = done.stdout.split()
    return ByR(f"R {r}, survival {survival}", *read)


def _answers(path: Path, key: str) -> pd.DataFrame:
    """What R has written, in the order asked; nothing if nothing was asked."""
    return pd.read_csv(path).sort_values(key, ignore_index=True) if path.exists() else pd.DataFrame({key: []})


def agreements(cells: Sequence[CommittedCell], pairs: Sequence[CommittedPair]) -> list[Agreement]:
    """Compare all cells and pairs with R."""
    said = ask([(np.minimum(cell.sequences, cell.budget), np.isfinite(cell.sequences)) for cell in cells], pairs)
    return [
        _medians(said, cells),
        _ends(said, cells),
        *(_ends_by(said, cells, kind) for kind in KINDS),
        _wilson(said, cells),
        _log_rank(said, pairs),
    ]


def _medians(said: ByR, cells: Sequence[CommittedCell]) -> Agreement:
    found = Agreement("median", said.version, why="exactly half solved: R names the last solved run's time")
    for cell, theirs in zip(cells, said.cells["median"].fillna(np.inf), strict=True):
        is_beyond = cell.is_half_solved and np.isinf(cell.median)
        last = np.max(cell.sequences, where=np.isfinite(cell.sequences), initial=-np.inf)
        found.add(cell.name, cell.median, theirs, theirs == cell.median, is_beyond and theirs == last)
    return found


def _ends(said: ByR, cells: Sequence[CommittedCell]) -> Agreement:
    """Interval of the median by the ranks that R's quantile of the binomial distribution gives."""
    found = Agreement("interval of the median", f"{said.version}, qbinom")
    for cell, rank in zip(cells, said.cells["rank"], strict=True):
        ordered = np.sort(cell.sequences)
        for column, theirs in (("median_low", ordered[rank - 1]), ("median_high", ordered[-rank])):
            found.add(f"{cell.name} {column}", cell.summary[column], theirs, theirs == cell.summary[column])
    return found


def _ends_by(said: ByR, cells: Sequence[CommittedCell], kind: str) -> Agreement:
    why = "another method, see its coverage"
    found = Agreement("interval of the median", f"{said.version}, survfit {kind}", why=why)
    for i, cell in enumerate(cells):
        for end in ("low", "high"):
            ours, theirs = cell.summary[f"median_{end}"], said.cells[f"{kind}_{end}"].fillna(np.inf)[i]
            found.add(cell.name, ours, theirs, theirs == ours, True)
    return found


def _wilson(said: ByR, cells: Sequence[CommittedCell]) -> Agreement:
    found = Agreement("Wilson's interval", f"{said.version}, prop.test")
    for i, cell in enumerate(cells):
        for column in ("wilson_low", "wilson_high"):
            ours, theirs = cell.summary[column], said.cells[column][i]
            found.add(f"{cell.name} {column}", ours, theirs, is_near(ours, theirs, 1e-9))
    return found


def _log_rank(said: ByR, pairs: Sequence[CommittedPair]) -> Agreement:
    found = Agreement("log-rank", f"{said.version}, survdiff")
    for pair, chisq, p in zip(pairs, said.pairs["chisq"], said.pairs["p"], strict=True):
        is_same = is_near(pair.z**2, chisq, 1e-9) and is_near(pair.p, p, 1e-9)
        found.add(pair.name, pair.p, p, is_same and not pair.says_nothing, pair.says_nothing and np.isnan(pair.p))
        if pair.says_nothing:
            found.why = (
                f"nothing solved in both: ours is empty, R has statistic {chisq:.0f}, p = {'NaN' if np.isnan(p) else p}"
            )
    return found
