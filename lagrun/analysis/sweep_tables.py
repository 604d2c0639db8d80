"""The tables of a folder's runs: written into it, then printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from lagrun.analysis.frame import frame_of, without_cell
from lagrun.analysis.latex import latex
from lagrun.analysis.printing import console, print_table
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import caption, has_costs, markdown, table
from lagrun.interfaces.run_result import DIVERGED, FAILED, UNFINISHED
from lagrun.storage import files
from lagrun.storage.found_runs import Found, found_runs
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep

#: Makes the summary of a frame of runs.
Summarise = Callable[[pd.DataFrame], pd.DataFrame]


#: Folders of runs that are printed, at most, of each bad outcome.
N_NAMED = 5


def report(
    folder: Path | StoredSweep, summarise: Summarise = summarise, strict: bool = True, aloud: bool = True
) -> pd.DataFrame:
    """Write the tables of a folder's runs into it, and print the one of its cells.

    Parameters
    ----------
    folder : Path
        The sweep's.
    summarise : callable
        Makes the summary of the runs.
    strict : bool
        Whether to raise an error, after printing, if the tables cannot be written.
    aloud : bool
        Whether anything is printed.

    Returns
    -------
    pandas.DataFrame
        See `lagrun.analysis.frame.frame`; empty if there is no run, and nothing was written.

    Raises
    ------
    StorageError
        If the tables cannot be written, and `strict`.
    """
    stored = stored_sweep(folder)
    folder = stored.folder
    found = found_runs(stored)
    runs = frame_of(found.runs)
    if runs.empty:
        return runs
    summary, failure = summarise(runs), None
    try:
        write_tables(folder, runs, summary)
    except files.StorageError as error:
        failure = error
    if aloud:
        _print(folder, found, runs, summary, without_cell(stored, runs))
        print(folder)
    if failure and strict:
        raise failure
    return runs


def report_pooled(folders: Sequence[Path], output: Path | None) -> None:
    """Print the table of several folders, read as one, and write all tables if an output folder is given.

    Parameters
    ----------
    folders : sequence of Path
        See `lagrun.analysis.pooled.pooled_runs`.
    output : Path or None
        A folder, which is made.

    Raises
    ------
    ConfigError
        If the folders cannot be pooled.
    StorageError
        If the tables cannot be written.
    """
    from lagrun.analysis.pooled import ROOT, PooledSweep, pooled_runs, pooled_without_cell

    pooled = PooledSweep(folders)
    found = pooled_runs(pooled)
    runs = frame_of(found.runs)
    summary = summarise(runs)
    if output:
        write_tables(output, runs, summary)
    _print(ROOT, found, runs, summary, pooled_without_cell(pooled, runs), is_written=bool(output))
    if output:
        print(output)


def _print(
    folder: Path,
    found: Found,
    runs: pd.DataFrame,
    summary: pd.DataFrame,
    damaged: Mapping[str, str],
    is_written: bool = True,
) -> None:
    """Print the table, what its numbers are, and which runs to look at."""
    out = console()
    print_table(out, table(summary), "summary.md" if is_written else "--output FOLDER")
    out.print(caption(runs, has_costs(summary)), soft_wrap=True)
    for outcome in (FAILED, UNFINISHED, DIVERGED):
        named = runs[runs["outcome"] == outcome]
        for run, failure in zip(named["folder"].head(N_NAMED), named["failure"], strict=False):
            reason = f": {failure}" if isinstance(failure, str) else ""
            out.print(f"{outcome}: {folder / run}{reason}", soft_wrap=True)
        if len(named) > N_NAMED:
            see = ", see runs.csv" if is_written else ""
            out.print(f"{outcome}: {len(named) - N_NAMED} more{see}", soft_wrap=True)
    for run, wrong in list(damaged.items())[:N_NAMED]:
        out.print(f"left out: {folder / run}: {wrong}", soft_wrap=True)
    if len(damaged) > N_NAMED:
        out.print(f"left out: {len(damaged) - N_NAMED} more", soft_wrap=True)
    for contradiction in found.contradictions[:N_NAMED]:
        out.print(f"contradiction: {contradiction}", soft_wrap=True)
    if len(found.contradictions) > N_NAMED:
        out.print(f"contradiction: {len(found.contradictions) - N_NAMED} more", soft_wrap=True)


def write_tables(folder: Path, runs: pd.DataFrame, summary: pd.DataFrame) -> None:
    """Write ``runs.csv``, and ``summary`` as csv, md and tex, into a folder; StorageError if that cannot be done."""
    shown, said = table(summary), caption(runs, has_costs(summary))
    texts = {
        "runs.csv": runs.to_csv(index=False),
        "summary.csv": summary.to_csv(index=False),
        "summary.md": f"{markdown(shown)}\n{said}\n",
        "summary.tex": latex(shown, said),
    }
    with files.storage_errors(folder):
        for name, text in texts.items():  # folders' names need not be UTF-8
            files.write_atomically(folder / name, text.encode(errors="backslashreplace"))
