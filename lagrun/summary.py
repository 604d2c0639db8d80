"""The summary of a frame of runs: a row a cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lagrun import metrics
from lagrun.config import GROUPS
from lagrun.frame import NAME, PUBLISHED, UNFINISHED
from lagrun.run_result import BUDGET, DIVERGED, FAILED, SOLVED

OUTCOMES = (SOLVED, BUDGET, DIVERGED, FAILED, UNFINISHED)

#: Key columns that are shown even where they do not vary.
ALWAYS = ("model", "task", "task.p")

#: Columns that tell the cells of a sweep with names apart, whether they vary or not.
NAMED = (NAME, "task.p", "task.q")


def varying(runs: pd.DataFrame) -> list[str]:
    """Configuration columns that tell the cells of a frame apart, `ALWAYS` first."""
    config = [
        name for name in map(str, runs) if name in GROUPS or "." in name or name in ("budget", "dtype", "updates")
    ]
    names = [name for name in ALWAYS if name in config]
    return names + [name for name in config if name not in names and runs[name].nunique(dropna=False) > 1]


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise each cell.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `frame`.

    Returns
    -------
    pandas.DataFrame
        A row a cell, in the order of the frame: `NAMED` if cells have names, the keys that vary, then ``n`` (solved +
        censored + diverged), ``n_solved``, ``median_sequences`` (censored median over n; missing where it exceeds the
        budget), ``median_solved``, ``mean_solved``, ``min_solved``, ``max_solved`` (over solved runs alone),
        ``n_censored``, ``n_diverged``, ``n_failed``, ``n_unfinished``, ``budget``, ``cpu_seconds`` (of all runs
        together) and `PUBLISHED`, if the frame has them.
    """
    keys = varying(runs)
    if NAME in runs:
        keys = [name for name in NAMED if name in runs] + [key for key in keys if key not in NAMED]
    rows = []
    grouped = runs.groupby(keys, sort=False, dropna=False)
    for values, cell in sorted(grouped, key=lambda group: group[1].index[0]):  # pandas may put missing values last
        count = {outcome: int((cell["outcome"] == outcome).sum()) for outcome in OUTCOMES}
        ended = cell[cell["outcome"].isin([SOLVED, BUDGET, DIVERGED])]
        sequences = ended.loc[:, "sequences_to_solve"].astype(float).fillna(np.inf).to_numpy()
        solved = metrics.solved_only(sequences)
        median = metrics.censored_median(sequences)
        rows.append(
            {
                **dict(zip(keys, values, strict=True)),
                "n": len(ended),
                "n_solved": count[SOLVED],
                "median_sequences": median if np.isfinite(median) else None,
                "median_solved": np.median(solved) if len(solved) else None,
                "mean_solved": solved.mean() if len(solved) else None,
                "min_solved": solved.min() if len(solved) else None,
                "max_solved": solved.max() if len(solved) else None,
                "n_censored": count[BUDGET],
                "n_diverged": count[DIVERGED],
                "n_failed": count[FAILED],
                "n_unfinished": count[UNFINISHED],
                "budget": cell["budget"].iloc[0],
                "cpu_seconds": round(float(cell["cpu_seconds"].sum()), 2),
                **{name: cell[name].iloc[0] for name in PUBLISHED if name in cell},
            }
        )
    return pd.DataFrame(rows)
