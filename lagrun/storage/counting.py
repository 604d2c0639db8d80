"""Decides whether the contents of a run's folder count for a planned run; nothing else decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagrun.config.identity import BUDGET, is_run_of
from lagrun.interfaces.run_result import BUDGET as ENDED_AT_BUDGET
from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files

#: Reads the result of a run's folder, and tells what is wrong with it, as `lagrun.storage.files.examine`.
Examine = Callable[[Path], tuple[dict[str, Any] | None, str | None]]


@dataclass(frozen=True)
class Standing:
    """How far a planned run is.

    Attributes
    ----------
    result : dict or None
        The run's own undamaged result; None if its folder holds none.
    damage : str or None
        Why the run cannot go on from what its folder holds; None if it can.
    goes_on : bool
        Whether it ended at a budget smaller than its sweep's current one.
    """

    result: dict[str, Any] | None
    damage: str | None = None
    goes_on: bool = False

    @property
    def counting(self) -> dict[str, Any] | None:
        """The result, if it counts for the run's cell."""
        return None if self.goes_on else self.result

    @property
    def why_not(self) -> str | None:
        """Why the contents of its folder do not count; None if they do, or if there are none."""
        return self.damage or ("has not used up its raised budget" if self.goes_on else None)

    def is_left(self, retry_failed: bool) -> bool:
        """Tell whether the run has something left to do."""
        if self.counting is None:
            return True
        return retry_failed and bool(self.counting["outcome"] == FAILED)


def standing(folder: Path, config: Mapping[str, Any], seed: int, examine: Examine = files.examine) -> Standing:
    """Tell how far a planned run is.

    Parameters
    ----------
    folder : Path
        The run's folder.
    config : mapping
        Its cell's configuration.
    seed : int
        Its seed.
    examine : callable
        See `Examine`.
    """
    result, wrong = examine(folder)
    if result is None:
        is_none = wrong is None and folder.exists() and not folder.is_dir()
        return Standing(None, "is no folder" if is_none else wrong)
    if not is_run_of(result, config, seed):
        return Standing(None, f"{files.RESULT} is another run's")
    return Standing(result, goes_on=_goes_on(result, config))


def _goes_on(result: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    return bool(result["outcome"] == ENDED_AT_BUDGET and result["sequences_seen"] < config.get(BUDGET, 0))
