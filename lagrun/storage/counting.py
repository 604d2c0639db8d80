"""Whether what a run's folder holds counts for a planned run: the one place that decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lagrun.config.identity import BUDGET, is_run_of
from lagrun.interfaces.run_result import BUDGET as ENDED_AT_BUDGET
from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files
from lagrun.storage.block import Run

#: Reads the result of a run's folder, and tells what is wrong with it, as `lagrun.storage.files.examine`.
Examine = Callable[[Path], tuple[dict[str, Any] | None, str | None]]


def is_left(run: Run, config: Mapping[str, Any], retry_failed: bool) -> bool:
    """Tell whether a run has something left to do."""
    result, wrong = _look(run, config)
    if result is None or wrong:
        return True
    if result["outcome"] == FAILED:
        return retry_failed
    return _goes_on(result, config)


def damage(run: Run, config: Mapping[str, Any], examine: Examine = files.examine) -> str | None:
    """Tell why what a run's folder holds cannot be gone on with, if it cannot."""
    return _look(run, config, examine)[1]


def _look(
    run: Run, config: Mapping[str, Any], examine: Examine = files.examine
) -> tuple[dict[str, Any] | None, str | None]:
    """Read a run's result, and tell what is wrong with it or its folder."""
    if run.folder.exists() and not run.folder.is_dir():
        return None, "is no folder"
    result, wrong = examine(run.folder)
    if result and not is_run_of(result, config, run.seed):
        return result, f"{files.RESULT} is another run's"
    return result, wrong


def counting(result: dict[str, Any] | None, config: dict[str, Any], seed: int) -> dict[str, Any] | None:
    """The result that was found in a planned run's folder; None if it does not count for its cell."""
    counts = result is not None and is_run_of(result, config, seed) and not _goes_on(result, config)
    return result if counts else None


def _goes_on(result: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Tell whether a run has ended at a smaller budget than its sweep has by now."""
    return bool(result["outcome"] == ENDED_AT_BUDGET and result["sequences_seen"] < config.get(BUDGET, 0))
