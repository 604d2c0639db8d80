"""The cells of a report: what they are called, and in which keys of the configuration they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lagrun.analysis.cells import measured_cells
from lagrun.checks import show
from lagrun.config.identity import leaves
from lagrun.config.variants import GROUPS, TARGET
from lagrun.report.records import Record

#: Shown if a cell's model, task, ... has no such key.
NO_SUCH_KEY = "\N{EN DASH}"


@dataclass(frozen=True)
class ReportedCell:
    """A cell.

    Attributes
    ----------
    title : str
        What tells it from the others.
    rows : tuple of int
        Its runs' rows in the frame.
    config : mapping
        The full configuration, keys such as ``task.p``, values as one would type them.
    """

    title: str
    rows: tuple[int, ...]
    config: Mapping[str, str]


def reported_cells(runs: pd.DataFrame, records: Mapping[str, Record]) -> list[ReportedCell]:
    """List the cells of a frame, in the order of the summary.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `lagrun.analysis.frame.frame`.
    records : mapping
        From `lagrun.report.records.read_records`.
    """
    found = []
    for cell in measured_cells(runs):
        first = cell.runs.iloc[0]
        options = {group: first[group] for group in GROUPS if group in first}
        config = flat(records[first["folder"]].config, options)
        found.append(ReportedCell(cell.title or "all runs", tuple(cell.runs.index), config))
    return found


def flat(config: Mapping[str, Any], options: Mapping[str, str]) -> dict[str, str]:
    """Flatten a configuration; variants are named as on the command line, third-party ones with their class, too."""
    found = {}
    for key, value in leaves(config):
        group, _, field = key.partition(".")
        if group in GROUPS and field == TARGET:
            found[group] = options[group]
        if field != TARGET or not str(value).startswith("lagrun."):
            found[key] = show(value)
    return found


def compared(cells: Sequence[ReportedCell]) -> tuple[list[tuple[str, list[str]]], list[tuple[str, str]]]:
    """Split the keys of the cells' configurations into those whose values differ and those that all cells share.

    Returns
    -------
    differing : list of tuple
        Key, and its value in each cell, or `NO_SUCH_KEY`.
    common : list of tuple
        Key and value.
    """
    keys = dict.fromkeys(key for cell in cells for key in cell.config)
    rows = [(key, [cell.config.get(key, NO_SUCH_KEY) for cell in cells]) for key in keys]
    differing = [(key, values) for key, values in rows if len(set(values)) > 1]
    return differing, [(key, values[0]) for key, values in rows if len(set(values)) == 1]
