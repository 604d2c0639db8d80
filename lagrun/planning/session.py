"""The folder of a sweep: claimed by one process at a time, with the plan of its runs, and a table at the end."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from lagrun.checks import ConfigError
from lagrun.interfaces.run_result import FAILED, UNFINISHED
from lagrun.interrupts import stop_raising
from lagrun.planning.cells_keys import as_typed
from lagrun.planning.plan import PlannedCell, runs_once
from lagrun.planning.resume import merge, set_damaged_aside, unfinished
from lagrun.storage import files
from lagrun.storage.files import StorageError, storage_errors
from lagrun.storage.lock import lock_folder
from lagrun.storage.stored_sweep import StoredSweep
from lagrun.storage.sweep_file import DamagedPlanError, set_aside

#: Prints and writes a folder's tables, and returns its frame of runs. The flag says whether a failure to write them is
#: an error.
Report = Callable[[Path, bool], Any]


class RunsFailedError(Exception):
    """Some runs of a sweep failed or were lost."""


@contextmanager
def sweep_folder(
    folder: Path, cells: Sequence[PlannedCell], retry_failed: bool, report: Report
) -> Iterator[list[PlannedCell]]:
    """Claim a sweep's folder, write its plan, and print its table at the end, whatever happens in between.

    Parameters
    ----------
    folder : Path
        A new one, or one in which the same sweep was begun.
    cells : sequence of PlannedCell
        The sweep.
    retry_failed : bool
        Whether to run again the runs that failed before.
    report : callable
        See `Report`.

    Yields
    ------
    list of PlannedCell
        What is left to do.

    Raises
    ------
    ConfigError
        If the folder holds another sweep, or cannot be written to.
    FolderLockedError
        If another process is using it.
    RunsFailedError
        If runs failed, or ended without a result.
    """
    with lock_folder(folder, "hydra.sweep.dir"):
        if (folder / files.STARTED).exists():
            raise ConfigError(f"hydra.sweep.dir={folder}: holds a single run; name a new folder")
        cells = _merge(cells, folder)
        plan = _plan(folder, cells)
        with storage_errors(folder):
            files.write_json(folder / files.SWEEP, plan)
            left, unsound = _left(folder, cells, retry_failed)
        n_runs, n_left, n_unsound = map(_n_runs, (runs_once(cells), left, unsound))
        if n_left < n_runs:
            failed = f"; {n_unsound - n_left} failed before, and execution.retry_failed=true runs them again"
            kept = f"{n_runs - n_unsound} of {n_runs} runs are finished and kept{failed if n_unsound > n_left else ''}"
            print(f"lagrun: {kept}", file=sys.stderr)
        try:
            yield left
        except BaseException:
            stop_raising()
            n_lost = sum(_report(folder, plan, report, strict=False))
            waiting = [run for cell in unfinished(left, False, folder) for run in cell.runs]
            n_states = sum((run.folder / files.CHECKPOINT).exists() for run in waiting)
            states = f", {n_states} more will go on from a stored state" if n_states else ""
            done = f"{n_runs - n_lost} of {n_runs} runs are finished and kept{states}"
            print(f"lagrun: {done}; go on with: {resume_command(folder)}", file=sys.stderr)
            raise
        n_failed, n_unfinished = _report(folder, plan, report)
    if n_failed or n_unfinished:
        raise RunsFailedError(_complaint(folder, n_failed, n_unfinished, n_runs))


def _left(
    folder: Path, cells: Sequence[PlannedCell], retry_failed: bool
) -> tuple[list[PlannedCell], list[PlannedCell]]:
    """The runs that are left to do, and those without an outcome; folders of damaged runs are set aside."""
    stored = StoredSweep(folder)
    unsound = unfinished(cells, True, stored)
    left = runs_once(unsound if retry_failed else unfinished(unsound, False, stored))
    set_damaged_aside(left, stored)
    return left, runs_once(unsound)


def _n_runs(cells: Sequence[PlannedCell]) -> int:
    return sum(len(cell.runs) for cell in cells)


def _merge(cells: Sequence[PlannedCell], folder: Path) -> list[PlannedCell]:
    """Join `cells` with the folder's plan; set an unreadable plan aside, as each result identifies its run."""
    try:
        return merge(cells, folder)
    except DamagedPlanError as error:
        with storage_errors(folder):
            aside = set_aside(folder / files.SWEEP)
        print(f"lagrun: {error}; set aside as {aside.name}, made anew", file=sys.stderr)
        return merge(cells, folder)


def _plan(folder: Path, cells: Sequence[PlannedCell]) -> dict[str, Any]:
    listed = [
        {
            "overrides": cell.named_after,
            "config": cell.config,
            "options": cell.options,
            **dataclasses.asdict(cell.label),
            "runs": [
                {"seed": run.seed, "number": run.index, "folder": str(run.folder.relative_to(folder.absolute()))}
                for run in cell.runs
            ],
        }
        for cell in cells
    ]
    return {"schema_version": files.SCHEMA_VERSION, "command": list(map(as_typed, sys.argv[1:])), "cells": listed}


def _report(folder: Path, plan: dict[str, Any], report: Report, strict: bool = True) -> tuple[int, int]:
    """Print and write the table, and count the runs that failed and those without a result."""
    with nullcontext() if strict else suppress(StorageError):  # suppressed after an earlier write error
        if not (folder / files.SWEEP).exists():  # somebody has deleted the folder
            with storage_errors(folder):
                files.write_json(folder / files.SWEEP, plan)
    runs = report(folder, strict)
    outcomes = runs.drop_duplicates("folder")["outcome"]  # rows of several names may share runs
    return int((outcomes == FAILED).sum()), int((outcomes == UNFINISHED).sum())


def _complaint(folder: Path, n_failed: int, n_unfinished: int, n_runs: int) -> str:
    counts = [f"{n} {word}" for n, word in ((n_failed, "failed"), (n_unfinished, "are unfinished")) if n]
    retry = " execution.retry_failed=true" if n_failed else ""
    return f"of {n_runs} runs {' and '.join(counts)}; run them again with: {resume_command(folder)}{retry}"


def resume_command(folder: Path) -> str:
    """The command that resumes a folder."""
    return f"python -m lagrun resume={shlex.quote(str(folder))}"
