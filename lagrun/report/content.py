"""The content of a report, gathered from a sweep's folder; the template decides how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.analysis.frame import NAME, without_cell
from lagrun.analysis.pooled import PooledSweep, pooled_without_cell
from lagrun.analysis.summary import OUTCOMES, summarise
from lagrun.analysis.tables import caption
from lagrun.figures.drawing import Drawing
from lagrun.interfaces.run_result import SOLVED, UNFINISHED
from lagrun.report.configurations import ReportedCell, compared, reported_cells
from lagrun.report.curves import compact, in_words, points_of_each
from lagrun.report.incomplete import Missing, doubts, missing
from lagrun.report.origin import origin
from lagrun.report.pictures import Pictures, pictures
from lagrun.report.records import Record, read_command, read_records
from lagrun.report.run_rows import RunRow, run_rows
from lagrun.report.summary_table import SortableTable, summary_table
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep
from lagrun.text import duration


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
        Outcomes that occur, and always solved, with their numbers of runs.
    summary : SortableTable
    caption : str
        Of the summary.
    drawings : sequence of Drawing
    pictures : Pictures
    rows : list of RunRow
    curves : dict
        By the number of the row: ``points``, as `lagrun.report.curves.compact` gives them, ``words`` and
        ``solved``, the sequence at which the run was solved, or None. Runs without a curve are not in it.
    cells : list of ReportedCell
    differing, common : list of tuple
        Of `lagrun.report.configurations.compared`.
    missing : list of Missing
    doubts : list of str
    origin : list of tuple
        Of `lagrun.report.origin.origin`.
    """

    name: str
    what: str
    counts: list[tuple[str, int]]
    summary: SortableTable
    caption: str
    drawings: Sequence[Drawing]
    pictures: Pictures
    rows: list[RunRow]
    curves: dict[int, dict[str, Any]]
    cells: list[ReportedCell]
    differing: list[tuple[str, list[str]]]
    common: list[tuple[str, str]]
    missing: list[Missing]
    doubts: list[str]
    origin: list[tuple[str, list[str]]]


def gather(
    folder: Path | StoredSweep,
    runs: pd.DataFrame,
    drawings: Sequence[Drawing],
    page: Path,
    contradictions: Sequence[str] = (),
    trusted: Sequence[str] | None = None,
) -> Content:
    """Gather what a report says.

    Parameters
    ----------
    folder : Path
        A sweep's folder, or another that holds run folders; several are a `lagrun.analysis.pooled.PooledSweep`.
    runs : pandas.DataFrame
        Its frame, from `lagrun.analysis.frame.frame`, not empty.
    drawings : sequence of Drawing
        Figures of the sweep.
    page : Path
        Where the report will be: links to folders start there.
    contradictions : sequence of str
        See `lagrun.storage.found_runs.Found`.
    trusted : sequence of str, optional
        Packages beside lagrun whose classes may be run to draw pictures of runs; if None, there are no pictures.
    """
    stored = stored_sweep(folder)
    pooled = stored if isinstance(stored, PooledSweep) else None
    records = read_records(stored, runs)
    cells = reported_cells(runs, records)
    rows = run_rows(stored.folder, runs, cells, records, page)
    differing, common = compared(cells)
    counts = [(outcome, int((runs["outcome"] == outcome).sum())) for outcome in OUTCOMES]
    return Content(
        ", ".join(part.folder.resolve().name for part in (pooled.parts if pooled else [stored])),
        _what(runs, len(cells)),
        [(outcome, n) for outcome, n in counts if n or outcome == SOLVED],
        summary_table(summarise(runs)),
        caption(runs),
        drawings,
        Pictures() if trusted is None else pictures(stored, runs, cells, trusted),
        rows,
        _curves(stored, rows),
        cells,
        differing,
        common,
        missing(rows),
        doubts(records, pooled_without_cell(pooled, runs) if pooled else without_cell(stored, runs), contradictions),
        _pooled_origin(pooled.parts, records) if pooled else origin(read_command(stored, records), records),
    )


def _pooled_origin(parts: Sequence[StoredSweep], records: Mapping[str, Record]) -> list[tuple[str, list[str]]]:
    """The folders, the commands that began them, and the origin of all results."""
    commands = [text for part in parts for _, values in origin(read_command(part, {}), {}) for text in values]
    return [("folders", [str(part.folder) for part in parts]), ("commands", commands), *origin(None, records)]


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


def _curves(stored: StoredSweep, rows: Sequence[RunRow]) -> dict[int, dict[str, Any]]:
    found, n_points = {}, points_of_each(len(rows))
    for number, row in enumerate(rows):
        if row.outcome == UNFINISHED:  # a file that may be there is not used
            continue
        points = compact(stored.curve(row.folder), n_points)
        if points[0]:
            solved = row.sequences if row.outcome == SOLVED else None
            found[number] = {"points": points, "words": in_words(points), "solved": solved}
    return found
