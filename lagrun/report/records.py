"""What the report reads of each run beside the frame: its configuration, provenance, and when it was started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lagrun.interfaces.run_result import UNFINISHED
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep


@dataclass(frozen=True)
class Record:
    """A run's files.

    Attributes
    ----------
    config : mapping
        Without the seed.
    provenance : mapping or None
        What the result was made with; None where there is no result.
    started : mapping or None
        Content of ``run.json``; None where the run was not begun.
    damage : str or None
        Why the result in the folder does not count; None if it does or there is none.
    """

    config: Mapping[str, Any]
    provenance: Mapping[str, Any] | None
    started: Mapping[str, Any] | None
    damage: str | None


def read_records(folder: Path | StoredSweep, runs: pd.DataFrame) -> dict[str, Record]:
    """Read the files of all runs.

    Parameters
    ----------
    folder : Path
        The sweep's, or another that holds run folders.
    runs : pandas.DataFrame
        Its frame, from `lagrun.analysis.frame.frame`.

    Returns
    -------
    dict
        By the run's folder, as it stands in the frame.

    Raises
    ------
    ConfigError
        If the sweep's plan cannot be read.
    """
    stored = stored_sweep(folder)
    planned = stored.planned_configs
    rows = zip(runs["folder"], runs["seed"], runs["outcome"] != UNFINISHED, strict=True)
    return {name: _read(stored, name, seed, planned.get(name), counts) for name, seed, counts in rows}


def _read(stored: StoredSweep, name: str, seed: Any, planned: Mapping[str, Any] | None, counts: bool) -> Record:
    result, wrong = stored.examine(name) if planned is not None else stored.examine_sealed(name)
    result = result or {}
    if not counts and planned is not None:
        wrong = stored.standing(name, planned, int(seed)).why_not
    config = result.get("config", {}) if planned is None else planned
    return Record(config, result.get("provenance") if counts else None, stored.started(name), wrong)


def read_command(folder: Path | StoredSweep, records: Mapping[str, Record]) -> list[str] | None:
    """Read the arguments of the command that began a sweep, or a single run; None if they are not known."""
    stored = stored_sweep(folder)
    command = stored.command
    if command is None and len(records) == 1 and not (stored.folder / files.SWEEP).exists():
        command = (next(iter(records.values())).started or {}).get("command")
    return list(map(str, command)) if isinstance(command, list) else None
