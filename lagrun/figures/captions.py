"""Text on the cells of a figure, for captions and alternative texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lagrun.analysis import statistics
from lagrun.analysis.cells import MeasuredCell, measured_cells
from lagrun.analysis.solved import holds, rows_of
from lagrun.analysis.tables import CHECK_EVERY, number
from lagrun.analysis.values import value_text
from lagrun.config.variants import TARGET
from lagrun.interfaces.run_result import FAILED, SOLVED, UNFINISHED

#: Most cells whose numbers an alternative text gives.
N_TOLD = 12


def setting(cells: Sequence[MeasuredCell], all_runs: pd.DataFrame) -> str:
    """Say what was run: task, criterion, budget, number of runs; for captions, which must be clear by themselves.

    Parameters
    ----------
    cells : sequence of MeasuredCell
        Those of the figure; some of their runs may have no outcome.
    all_runs : pandas.DataFrame
        The frame that they are from, which may have further cells without any outcome.
    """
    ended = [cell for cell in cells if len(cell.sequences)]
    runs = pd.concat([cell.runs for cell in cells])
    low, high = (number(pick(cell.budget for cell in cells)) for pick in (min, max))
    counts = sorted({len(cell.sequences) for cell in ended})
    n_runs = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    named = {"task": _values(runs, "task"), "criterion": _criterion(runs)}
    parts = [
        *(f"{name} {text}" for name, text in named.items() if text),
        f"budget {low if low == high else f'{low} to {high}'} training sequences",
        f"N={n_runs} run{'' if counts == [1] else 's'}{' a cell' if len(ended) > 1 else ''}",
    ]
    n_missing = int(runs["outcome"].isin([FAILED, UNFINISHED]).sum())
    solved = [holds(run) for run in rows_of(runs[runs["outcome"] == SOLVED])]
    n_broken = solved.count(False)
    n_too_few = sum(cell.n_least is not None for cell in ended)
    others = [cell for cell in measured_cells(all_runs) if cell.runs.index[0] not in runs.index]
    n_empty = sum(not len(cell.sequences) for cell in others)
    text = "; ".join(parts)
    return " ".join(
        [
            f"{text[0].upper()}{text[1:]}.",
            *([f"The stored weights of {n_broken} of {len(solved)} solved runs no longer hold."] if n_broken else []),
            *([f"{_count(n_too_few, 'cell')} given less than the criterion needs to be met."] if n_too_few else []),
            *([f"{_count(n_missing, 'failed or unfinished run')} left out."] if n_missing else []),
            *([f"{_count(n_empty, 'further cell')} not shown, for want of a run that ended."] if n_empty else []),
        ]
    )


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s are' if n > 1 else ' is'}"


def describe_cells(cells: Sequence[MeasuredCell]) -> str:
    """Tell the result of each of the first cells in words, for alternative texts."""
    texts = [f"{_named(cell)}{_result(cell)}" for cell in cells]
    more = len(texts) - N_TOLD
    return "; ".join(texts[:N_TOLD]) + (f"; and {more} more cells" if more > 0 else "") + "."


def _named(cell: MeasuredCell) -> str:
    return f"{cell.title}: " if cell.title else ""


def _result(cell: MeasuredCell) -> str:
    if not len(cell.sequences):
        return "no run ended"
    median = statistics.censored_median(cell.sequences)
    words = f"median {number(median)}" if np.isfinite(median) else f"median beyond {number(cell.budget)}"
    return f"{len(cell.solved)} of {len(cell.sequences)} solved, {words}"


def _values(runs: pd.DataFrame, name: str) -> str:
    """The values of a column; for the column of tasks, with the lags that do not vary."""
    values = [value_text(value) for value in runs[name].dropna().unique()] if name in runs else []
    fixed = [
        f"{key.split('.')[-1]} = {text}"
        for key in (f"{name}.p", f"{name}.q")
        if key in runs and runs[key].nunique(dropna=False) == 1 and (text := value_text(runs[key].iloc[0]))
    ]
    return " and ".join(values) + "".join(f", {text}" for text in fixed)


def _criterion(runs: pd.DataFrame) -> str:
    """The criterion, with its settings where all cells have the same; empty where its name is not known."""
    if not (text := _values(runs, "criterion")):
        return ""
    found = {
        name: value_text(runs[name].iloc[0])
        for name in map(str, runs)
        if name.startswith("criterion.")
        and name not in (CHECK_EVERY, f"criterion.{TARGET}")
        and runs[name].nunique(dropna=False) == 1
    }
    settings = [f"{name.split('.')[-1]} {value}" for name, value in found.items() if value]
    checks = list(runs[CHECK_EVERY].dropna().unique()) if CHECK_EVERY in runs else []
    if len(checks) == 1:
        settings.append("checked after each sequence" if checks[0] == 1 else f"checked every {number(checks[0])}")
    return text + (f" ({', '.join(settings)})" if settings else "")
