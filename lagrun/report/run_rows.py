"""The rows of a report's table of runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from lagrun.analysis.solved import holds
from lagrun.checks import one_line
from lagrun.interfaces.run_result import UNFINISHED
from lagrun.report.configurations import ReportedCell
from lagrun.report.records import Record


@dataclass(frozen=True)
class RunRow:
    """A run.

    Attributes
    ----------
    cell : str
        The cell's title.
    seed : int
    outcome : str
    reason : str
        Why there is no outcome, or a note that a solved run's weights do not hold any more; else empty.
    sequences : int or None
        Sequences until it was solved, or all that were used.
    last_step, per_step : float or None
        Accuracy on held-out sequences.
    cpu_seconds : float or None
    folder : str
        As it stands in the frame.
    link : str
        The folder as a relative URL, from where the report is; empty where there is no such folder.
    """

    cell: str
    seed: int
    outcome: str
    reason: str
    sequences: int | None
    last_step: float | None
    per_step: float | None
    cpu_seconds: float | None
    folder: str
    link: str


def run_rows(
    folder: Path, runs: pd.DataFrame, cells: Sequence[ReportedCell], records: Mapping[str, Record], page: Path
) -> list[RunRow]:
    """List the runs, in the order of the frame.

    Parameters
    ----------
    folder : Path
        The sweep's.
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    cells : sequence of ReportedCell
        Its cells.
    records : mapping
        From `lagrun.report.records.read_records`.
    page : Path
        Where the report will be.
    """
    titles = {number: cell.title for cell in cells for number in cell.rows}
    root = relative_url(folder, page)
    rows = []
    for number, row in zip(runs.index, runs.to_dict("records"), strict=True):
        name = row["folder"]
        rows.append(
            RunRow(
                titles[number],
                int(row["seed"]),
                row["outcome"],
                _reason(row, records[name]),
                _whole(row["sequences_seen"]),
                _number(row["final_last_step_accuracy"]),
                _number(row["final_per_step_accuracy"]),
                _number(row["cpu_seconds"]),
                name,
                _link(root, name, page) if (folder / name).is_dir() else "",
            )
        )
    return rows


def relative_url(folder: Path, page: Path) -> str:
    """The relative URL from a page to a folder, with a slash at its end."""
    way = Path(os.path.relpath(folder.resolve(), page.resolve().parent)).as_posix()
    return "" if way == "." else f"{_quoted(way)}/"


def _link(root: str, name: str, page: Path) -> str:
    return relative_url(Path(name), page) if Path(name).is_absolute() else f"{root}{_quoted(name)}/"


def _quoted(way: str) -> str:
    return quote(os.fsencode(way))  # names need not be UTF-8


def _reason(row: Mapping[Any, Any], record: Record) -> str:
    if isinstance(row["failure"], str):
        return one_line(row["failure"])
    if row["outcome"] != UNFINISHED:
        return "its stored weights no longer hold" if holds(row) is False else ""
    if record.damage:
        return one_line(record.damage)
    return "begun, but has no result yet" if record.started else "not begun"


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
