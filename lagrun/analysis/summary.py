"""The summary of a frame of runs: a row a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.frame import EXPERIMENT, NAME, PUBLISHED
from lagrun.analysis.solved import holds, rows_of, too_few
from lagrun.analysis.values import identified
from lagrun.config.init_from import INIT_FROM, SHA256
from lagrun.config.variants import GROUPS, TARGET
from lagrun.interfaces.run_result import BUDGET, COUNTED, DIVERGED, FAILED, SOLVED, UNFINISHED

OUTCOMES = (*COUNTED, FAILED, UNFINISHED)

#: Key columns that are shown even where they do not vary.
ALWAYS = ("model", "task", "task.p")

#: Columns that tell the cells of a sweep with names apart, whether they vary or not.
NAMED = (NAME, "task.p", "task.q")


#: The values of the keys of a cell, and its rows in the frame.
Group: TypeAlias = tuple[tuple[Any, ...], pd.DataFrame]


def varying(runs: pd.DataFrame) -> list[str]:
    """Configuration columns that tell the cells of a frame apart, `ALWAYS` first.

    A key is left out if only some options of its group have it, and all cells that have it share its value: the option
    then says as much. Classes are left out, too, as no two classes share an option's name in a frame.
    """
    runs = _each_experiment(runs)
    hidden = (f".{TARGET}", f"{INIT_FROM}.{SHA256}")
    config = [name for name in map(str, runs) if is_key(name) and not name.endswith(hidden)]
    names = [name for name in ALWAYS if name in config]
    return names + [name for name in config if name not in names and _varies(runs, name)]


def is_key(column: str) -> bool:
    """Tell whether a column of a frame is a key of the configuration."""
    return column in GROUPS or "." in column or column in ("budget", "dtype", "updates", INIT_FROM)


def _each_experiment(runs: pd.DataFrame) -> pd.DataFrame:
    """One run of each experiment and its options' names; the others have the same keys."""
    alike = [name for name in (EXPERIMENT, *GROUPS) if name in runs]
    return runs.drop_duplicates(alike) if EXPERIMENT in runs else runs


def _varies(runs: pd.DataFrame, name: str) -> bool:
    group = name.partition(".")[0]
    values = list(map(identified, runs[name]))
    if group == name or group not in runs or len(set(values) - {None}) > 1:
        return len(set(values)) > 1
    options = list(map(identified, runs[group]))
    return len(set(zip(options, values, strict=True))) > len(set(options))


def sequences_and_spent(cell: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The data of the statistics: sequences of the runs of a cell that have an outcome.

    Parameters
    ----------
    cell : pandas.DataFrame
        Rows of `lagrun.analysis.frame.frame`.

    Returns
    -------
    sequences, spent : np.ndarray, shape (N,)
        Training sequences to the solution, infinity where there is none, and those used. Diverged runs are among them,
        failed and unfinished ones are not.
    """
    ended = cell[cell["outcome"].isin(COUNTED)]
    sequences = ended["sequences_to_solve"].astype(float).fillna(np.inf).to_numpy()
    return sequences, ended["sequences_seen"].astype(float).to_numpy()


def grouped(runs: pd.DataFrame, first: Sequence[str] = ()) -> tuple[list[str], list[Group]]:
    """Group the runs of a frame into cells: by experiment and name, or in a frame without, by the keys that vary.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    first : sequence of str
        Further columns that tell cells apart.

    Returns
    -------
    keys : list of str
        Columns that tell the cells apart: `first`, `NAMED` if cells have names, then `varying`.
    cells : list of Group
        In the order of the frame.
    """
    keys = varying(runs)
    if NAME in runs:
        keys = [name for name in NAMED if name in runs] + [key for key in keys if key not in NAMED]
    keys = [*first, *keys]
    by = [*first, *(name for name in (NAME, EXPERIMENT) if name in runs)] if EXPERIMENT in runs else keys
    if not by:  # nothing tells runs apart: they are one cell
        return [], [((), runs)]
    cells = [cell for _, cell in runs.groupby(by, sort=False, dropna=False)]
    cells.sort(key=lambda cell: cell.index[0])  # pandas may put missing values last
    return keys, [(tuple(cell[key].iloc[0] for key in keys), cell) for cell in cells]


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Summarise each cell.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.read_runs`.

    Returns
    -------
    pandas.DataFrame
        A row a cell, in the order of the frame: `NAMED` if cells have names, the keys that vary, then ``n`` (solved +
        censored + diverged), ``n_solved``, ``wilson_low``, ``wilson_high`` (95% interval of the solved share),
        ``n_holds`` (solved runs whose stored weights reach the criterion in the final test, see
        `lagrun.analysis.solved.holds`; missing where that is not known), ``holds_low``, ``holds_high`` (the interval of
        their share of n), ``median_sequences`` (censored median over n; missing where it exceeds the budget),
        ``median_low``, ``median_high`` (its interval; infinite where it exceeds the budget, missing for n < 6), ``ert``
        (sequences of all n runs over ``n_solved``; infinite where that is 0), ``ert_low``, ``ert_high`` (its interval,
        see `lagrun.analysis.statistics.ert_interval`), ``median_solved``, ``mean_solved``, ``min_solved``,
        ``max_solved`` (over solved runs alone), ``n_least`` (sequences that the criterion needs, where the budget is
        less), ``n_censored``, ``n_diverged``, ``n_failed``, ``n_unfinished``, ``budget``, ``cpu_seconds`` (of all runs
        together) and `PUBLISHED`, if the frame has them.

    Examples
    --------
    >>> import lagrun
    >>> summary = lagrun.summarise(lagrun.read_runs("outputs/two_lags"))
    >>> summary[["model", "task", "task.p", "n", "n_solved", "budget"]]
      model        task  task.p  n  n_solved  budget
    0  lstm  noise_free       4  2         0      20
    1  lstm  noise_free       5  2         1      20
    """
    keys, cells = grouped(runs)
    rows = [dict(zip(keys, values, strict=True)) | _statistics(cell) for values, cell in cells]
    return pd.DataFrame(rows).astype({name: "Int64" for name in ("n_holds", "n_least") if rows})


def _statistics(cell: pd.DataFrame) -> dict[str, Any]:
    """The columns of a cell's row except its keys."""
    count = {outcome: int((cell["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    sequences, spent = sequences_and_spent(cell)
    solved = statistics.solved_only(sequences)
    median = statistics.censored_median(sequences)
    wilson_low, wilson_high = statistics.wilson(len(solved), len(sequences))
    n_holds, holds_low, holds_high = _holding(cell, len(sequences))
    median_low, median_high = statistics.median_interval(sequences)
    ert_low, ert_high = statistics.ert_interval(spent, np.isfinite(sequences))
    return {
        "n": len(sequences),
        "n_solved": count[SOLVED],
        "wilson_low": wilson_low,
        "wilson_high": wilson_high,
        "n_holds": n_holds,
        "holds_low": holds_low,
        "holds_high": holds_high,
        "median_sequences": median if np.isfinite(median) else None,
        "median_low": median_low,
        "median_high": median_high,
        "ert": statistics.ert(spent, np.isfinite(sequences)),
        "ert_low": ert_low,
        "ert_high": ert_high,
        "median_solved": np.median(solved) if len(solved) else None,
        "mean_solved": solved.mean() if len(solved) else None,
        "min_solved": solved.min() if len(solved) else None,
        "max_solved": solved.max() if len(solved) else None,
        "n_least": too_few(cell.iloc[0].to_dict()),
        "n_censored": count[BUDGET],
        "n_diverged": count[DIVERGED],
        "n_failed": count[FAILED],
        "n_unfinished": count[UNFINISHED],
        "budget": cell["budget"].iloc[0],
        "cpu_seconds": round(float(cell["cpu_seconds"].sum()), 2),
        **{name: cell[name].iloc[0] for name in PUBLISHED if name in cell},
    }


def _holding(cell: pd.DataFrame, n: int) -> tuple[int | None, float, float]:
    """Count the solved runs whose weights hold, with the interval of their share; missing if one is not known."""
    known = [holds(run) for run in rows_of(cell[cell["outcome"] == SOLVED])]
    if None in known:
        return None, float("nan"), float("nan")
    return sum(map(bool, known)), *statistics.wilson(sum(map(bool, known)), n)
