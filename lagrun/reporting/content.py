"""All that a report says, gathered from a sweep's folder; how it looks is the template's matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.curve import read_curve
from lagrun.durations import duration
from lagrun.figures.drawing import Drawing
from lagrun.frame import NAME, UNFINISHED, without_cell
from lagrun.reporting.cells import ReportedCell, compared, reported_cells
from lagrun.reporting.curves import compact, in_words, points_of_each
from lagrun.reporting.incomplete import Missing, doubts, missing
from lagrun.reporting.origin import origin
from lagrun.reporting.records import read_command, read_records
from lagrun.reporting.run_rows import RunRow, run_rows
from lagrun.reporting.summary_table import SortableTable, summary_table
from lagrun.run_result import SOLVED
from lagrun.summary import OUTCOMES, summarise
from lagrun.table import caption


@dataclass(frozen=True)
class Content:
    """What a report says.

    Attributes
    ----------
    name : str
        Of the sweep.
    what : str
        What was run, in a sentence.
    counts : list of tuple
        Outcomes that occur, and solved in any case, with their numbers of runs.
    summary : SortableTable
    caption : str
        Of the summary.
    drawings : sequence of Drawing
    rows : list of RunRow
    curves : dict
        By the number of the row: ``points``, as `lagrun.reporting.curves.compact` gives them, ``words`` and
        ``solved``, the sequence at which the run was solved, or None. Runs without a curve are not in it.
    cells : list of ReportedCell
    differing, common : list of tuple
        Of `lagrun.reporting.cells.compared`.
    missing : list of Missing
    doubts : list of str
    origin : list of tuple
        Of `lagrun.reporting.origin.origin`.
    """

    name: str
    what: str
    counts: list[tuple[str, int]]
    summary: SortableTable
    caption: str
    drawings: Sequence[Drawing]
    rows: list[RunRow]
    curves: dict[int, dict[str, Any]]
    cells: list[ReportedCell]
    differing: list[tuple[str, list[str]]]
    common: list[tuple[str, str]]
    missing: list[Missing]
    doubts: list[str]
    origin: list[tuple[str, list[str]]]


def gather(
    folder: Path, runs: pd.DataFrame, drawings: Sequence[Drawing], page: Path, contradictions: Sequence[str] = ()
) -> Content:
    """Gather what a report says.

    Parameters
    ----------
    folder : Path
        A sweep's folder, or another that holds run folders.
    runs : pandas.DataFrame
        Its frame, from `lagrun.frame.frame`, not empty.
    drawings : sequence of Drawing
        Figures of the sweep.
    page : Path
        Where the report will be: links to folders start there.
    contradictions : sequence of str
        See `lagrun.found_runs.Found`.
    """
    records = read_records(folder, runs)
    cells = reported_cells(runs, records)
    rows = run_rows(folder, runs, cells, records, page)
    differing, common = compared(cells)
    counts = [(outcome, int((runs["outcome"] == outcome).sum())) for outcome in OUTCOMES]
    return Content(
        folder.resolve().name,
        _what(runs, len(cells)),
        [(outcome, n) for outcome, n in counts if n or outcome == SOLVED],
        summary_table(summarise(runs)),
        caption(runs),
        drawings,
        rows,
        _curves(folder, rows),
        cells,
        differing,
        common,
        missing(rows),
        doubts(records, without_cell(folder, runs), contradictions),
        origin(read_command(folder, records), records),
    )


def _what(runs: pd.DataFrame, n_cells: int) -> str:
    """Name the models, or the cells' own names, the tasks, and how much there is."""
    models, tasks = (
        ", ".join(map(str, runs[key].dropna().unique())) if key in runs else "" for key in (_models(runs), "task")
    )
    subject = " on ".join(filter(None, [models, tasks]))
    size = f"{_count(len(runs), 'run')} in {_count(n_cells, 'cell')}"
    seconds = runs["cpu_seconds"].astype(float).sum()
    spent = f", {duration(seconds)} of CPU time" if seconds > 0 else ""
    return f"{subject}: {size}{spent}" if subject else f"{size}{spent}"


def _models(runs: pd.DataFrame) -> str:
    return NAME if NAME in runs and runs[NAME].notna().all() else "model"


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}" + ("" if n == 1 else "s")


def _curves(folder: Path, rows: Sequence[RunRow]) -> dict[int, dict[str, Any]]:
    found, n_points = {}, points_of_each(len(rows))
    for number, row in enumerate(rows):
        if row.outcome == UNFINISHED:  # what may lie there does not count
            continue
        points = compact(read_curve(folder / row.folder), n_points)
        if points[0]:
            solved = row.sequences if row.outcome == SOLVED else None
            found[number] = {"points": points, "words": in_words(points), "solved": solved}
    return found
