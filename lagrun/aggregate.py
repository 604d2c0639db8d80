"""The tables of a folder's runs, printed and written.

    python -m lagrun.aggregate outputs/<sweep>
    python -m lagrun.aggregate outputs/<sweep> outputs/<another> --output FOLDER

reads what is stored beside each result, never today's YAML. With ``--cost``, the tables have columns of costs. Several
folders are read as one, see `lagrun.analysis.pooled`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from lagrun.analysis.frame import PUBLISHED, UNFINISHED, check_folder, frame, frame_of, without_cell
from lagrun.analysis.latex import latex
from lagrun.analysis.printing import console, print_table
from lagrun.analysis.summary import summarise, varying
from lagrun.analysis.tables import caption, has_costs, markdown, table
from lagrun.checks import ConfigError, one_line
from lagrun.cli import standard_streams
from lagrun.config.trust import trusted_modules
from lagrun.interfaces.run_result import DIVERGED, FAILED
from lagrun.storage import files
from lagrun.storage.found_runs import Found, found_runs
from lagrun.storage.stored_sweep import StoredSweep

__all__ = [
    "PUBLISHED",
    "UNFINISHED",
    "frame",
    "main",
    "markdown",
    "report",
    "summarise",
    "table",
    "varying",
    "write_tables",
]

#: Makes the summary of a frame of runs.
Summarise = Callable[[pd.DataFrame], pd.DataFrame]

#: Folders of runs that are printed, at most, of each bad outcome.
N_NAMED = 5


def report(folder: Path, summarise: Summarise = summarise, strict: bool = True) -> pd.DataFrame:
    """Write the tables of a folder's runs into it, and print the one of its cells.

    Parameters
    ----------
    folder : Path
        The sweep's.
    summarise : callable
        Makes the summary of the runs.
    strict : bool
        Whether tables that cannot be written are an error, which comes after printing.

    Returns
    -------
    pandas.DataFrame
        See `lagrun.analysis.frame.frame`; empty if there is no run, and nothing was written.

    Raises
    ------
    StorageError
        If the tables cannot be written, and `strict`.
    """
    stored = StoredSweep(folder)
    found = found_runs(stored)
    runs = frame_of(found.runs)
    if runs.empty:
        return runs
    summary, failure = summarise(runs), None
    try:
        write_tables(folder, runs, summary)
    except files.StorageError as error:
        failure = error
    _print(folder, found, runs, summary, without_cell(stored, runs))
    print(folder)
    if failure and strict:
        raise failure
    return runs


def report_pooled(folders: Sequence[Path], output: Path | None) -> None:
    """Print the table of several folders, read as one, and write it and the others where they are asked for.

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
    from lagrun.analysis.pooled import ROOT, pooled_runs, pooled_without_cell

    found = pooled_runs(folders)
    runs = frame_of(found.runs)
    summary = summarise(runs)
    if output:
        write_tables(output, runs, summary)
    _print(ROOT, found, runs, summary, pooled_without_cell(folders, runs), is_written=bool(output))
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
    with files.storing(folder):
        for name, text in texts.items():  # folders' names need not be UTF-8
            files.write_atomically(folder / name, text.encode(errors="backslashreplace"))


def main(argv: Sequence[str] | None = None) -> int:
    """Aggregate a folder again, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lagrun.aggregate", description="Summarise the runs of a sweep.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="a sweep's, such as outputs/<sweep>; several are pooled"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write the tables (default: the sweep's; several: nowhere)",
    )
    parser.add_argument(
        "--cost", action="store_true", help="add weights, multiply-adds and data movement (seconds a cell)"
    )
    parser.add_argument(
        "--trust", nargs="+", default=[], metavar="PACKAGE", help="packages whose classes --cost may run"
    )
    arguments = parser.parse_args(argv)
    try:
        trusted = trusted_modules(list(arguments.trust))
        if len(arguments.folders) == 1 and not arguments.output:
            _again(arguments.folders[0], trusted if arguments.cost else None)
        elif arguments.cost:
            raise ConfigError("--cost: goes with one folder, which keeps the costs, and without --output")
        else:
            report_pooled(arguments.folders, arguments.output)
    except (ConfigError, files.StorageError) as error:
        print(f"lagrun.aggregate: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


def _again(folder: Path, trusted_with_costs: Sequence[str] | None) -> None:
    """Aggregate one folder; with costs, if packages are given whose classes may be run for them."""
    check_folder(folder)
    costs = None
    if trusted_with_costs is not None:
        from lagrun.analysis.data_movement.columns import CostColumns  # which most tables do without

        costs = CostColumns(folder, trusted_with_costs)
    if report(folder, costs.summarise if costs else summarise).empty:
        raise ConfigError(f"{folder}: holds no runs")
    for note in costs.notes if costs else []:
        print(note)
    if costs:
        costs.keep()


if __name__ == "__main__":
    sys.exit(standard_streams.run(main))
