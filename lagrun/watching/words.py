"""What `lagrun.watch` prints: how much is done, cell by cell and run by run, and whether a process is at work."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from lagrun.analysis.printing import print_table
from lagrun.interfaces.run_result import CURVE_COLUMNS, FAILED, SOLVED
from lagrun.planning.session import resume_command
from lagrun.storage import files
from lagrun.storage.partial import Partial
from lagrun.text import duration
from lagrun.watching.signs import ENDED, SILENT, STOPPED, WORKING
from lagrun.watching.watched import Watched, WatchedCell, outcomes_in_words

#: Runs that are listed one by one, at most.
MOST_RUNS = 20

HELD_OUT = CURVE_COLUMNS.index("held_out_last_step_accuracy")


def described(out: Console, watched: Watched, folder: Path) -> None:
    """Print the state of a folder; the last line says whether a process is at work."""
    out.print(f"{folder}: {headline(watched)}", soft_wrap=True)
    print_table(out, _without_empty([_row(cell, watched.state) for cell in watched.cells]))
    unfinished = [(cell.title, run.seed, run.so_far) for cell in watched.cells for run in cell.runs if run.so_far]
    if unfinished:
        print_table(out, _without_empty([_run_row(*each) for each in unfinished[:MOST_RUNS]]))
    if len(unfinished) > MOST_RUNS:
        out.print(f"and {len(unfinished) - MOST_RUNS} more runs that have not ended", soft_wrap=True)
    out.print(closing(watched, folder), soft_wrap=True)


def headline(watched: Watched) -> str:
    """Say how far the work is: as its command reports, or else as the runs' files tell."""
    done = outcomes_in_words(watched)
    if watched.state == WORKING and watched.words:
        return watched.words
    runs = watched.runs
    done.append(f"{sum(run.sequences for run in runs):,} sequences")
    rate = sum(run.so_far.per_second for run in runs if run.so_far)
    if watched.state == WORKING and rate:
        left = sum(max(0, run.budget - run.sequences) for run in runs if run.outcome is None)
        done += [f"{rate:,.0f} sequences/s", f"at most {duration(left / rate)} left"]
    return ", ".join(done)


def _without_empty(rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """A table of rows, without the columns that are empty in all rows."""
    return pd.DataFrame([{name: row[name] for name in row if any(each[name] for each in rows)} for row in rows])


def _row(cell: WatchedCell, state: str) -> dict[str, str]:
    """A cell's row of the table."""
    ended = [run for run in cell.runs if run.outcome is not None]
    so_far = [run.so_far for run in cell.runs if run.so_far]
    n_failed = sum(run.outcome == FAILED for run in ended)
    return {
        "cell": cell.title,
        "runs": f"{len(ended)}/{len(cell.runs)}",
        "solved": str(sum(run.outcome == SOLVED for run in ended)),
        "failed": str(n_failed or ""),
        "running" if state == WORKING else "begun": str(len(so_far) or ""),
        "at sequence": _span([each.sequence for each in so_far]),
        "sequences/s": f"{sum(each.per_second for each in so_far):,.0f}" if so_far and state == WORKING else "",
    }


def _run_row(title: str, seed: int | None, so_far: Partial) -> dict[str, str]:
    """The row of a run that has not ended."""
    point = so_far.curve[-1] if len(so_far.curve) else np.full(len(CURVE_COLUMNS), math.nan)
    return {
        "cell": title,
        "seed": "" if seed is None else str(seed),
        "sequence": f"{so_far.sequence:,} of {so_far.budget:,}",
        "latest right": _share(so_far.rolling),
        "held-out right": f"{_share(point[HELD_OUT])} at {int(point[0]):,}" if len(so_far.curve) else "",
        "seen": f"{duration(max(0.0, time.time() - so_far.written))} ago",
    }


def closing(watched: Watched, folder: Path) -> str:
    """Say whether a process is at work, and what to do if none is."""
    can_resume = any((folder / name).exists() for name in (files.SWEEP, files.STARTED))
    go_on = f"; go on with: {resume_command(folder)}" if can_resume else ""
    seen = ""
    if watched.sign:
        ago = duration(max(0.0, time.time() - watched.sign.written))
        seen = f"last sign of life {ago} ago, by process {watched.sign.pid} on {watched.sign.host}"
    return {
        ENDED: f"All runs have ended; see: python -m lagrun.aggregate {folder}",
        WORKING: f"At work: {seen}",
        STOPPED: f"Nobody is at work here{f' ({seen})' if seen else ''}{go_on}",
        SILENT: f"Perhaps nobody is at work here: {seen}{go_on}",
    }[watched.state]


def _span(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1%}"
