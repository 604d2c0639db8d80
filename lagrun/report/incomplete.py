"""Warnings for readers before they trust the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lagrun.interfaces.run_result import FAILED, UNFINISHED
from lagrun.report.records import Record
from lagrun.report.run_rows import RunRow

#: Most runs that are named for each reason.
N_NAMED = 20


@dataclass(frozen=True)
class Missing:
    """Runs without an outcome, for one reason.

    Attributes
    ----------
    outcome, reason : str
    cells : dict
        Cell title to runs, at most `N_NAMED` runs altogether.
    n : int
        How many there are.
    n_named : int
        How many of them are in `cells`.
    """

    outcome: str
    reason: str
    cells: dict[str, list[RunRow]]
    n: int
    n_named: int


def missing(rows: Sequence[RunRow]) -> list[Missing]:
    """Group the runs that have no outcome by the reason, failed ones first."""
    groups: dict[tuple[str, str], list[RunRow]] = {}
    for outcome in (FAILED, UNFINISHED):
        for row in rows:
            if row.outcome == outcome:
                groups.setdefault((outcome, row.reason), []).append(row)
    return [_missing(*key, of_reason) for key, of_reason in groups.items()]


def _missing(outcome: str, reason: str, rows: Sequence[RunRow]) -> Missing:
    cells: dict[str, list[RunRow]] = {}
    for row in rows[:N_NAMED]:
        cells.setdefault(row.cell, []).append(row)
    return Missing(outcome, reason, cells, len(rows), min(len(rows), N_NAMED))


def doubts(records: Mapping[str, Record], left_out: Mapping[str, str], contradictions: Sequence[str] = ()) -> list[str]:
    """Say for which other reasons the results of a sweep may not be comparable.

    Parameters
    ----------
    records : mapping
        From `lagrun.report.records.read_records`.
    left_out : mapping
        From `lagrun.analysis.frame.without_cell`.
    contradictions : sequence of str
        See `lagrun.storage.found_runs.Found`.
    """
    made_with = [record.provenance for record in records.values() if record.provenance]
    commits = {made.get("git_commit") for made in made_with}
    found = []
    if any(made.get("git_dirty") for made in made_with):
        found.append("Some results were made by code that differs from the commit that they name.")
    if len(commits) > 1:
        found.append(f"The results were made by {len(commits)} commits of the code.")
    if left_out:
        named = "; ".join(f"{folder}: {wrong}" for folder, wrong in list(left_out.items())[:N_NAMED])
        more = f"; and {len(left_out) - N_NAMED} more" if len(left_out) > N_NAMED else ""
        found.append(f"Left out, as nothing tells the cell of a damaged result: {named}{more}.")
    if contradictions:
        more = f"; and {len(contradictions) - N_NAMED} more" if len(contradictions) > N_NAMED else ""
        found.append(f"Contradictions: {'. '.join(contradictions[:N_NAMED])}{more}.")
    return found
