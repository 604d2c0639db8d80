"""A folder of runs whose files are read once and shared by frame, tables, comparison, figures, report and resuming.

Code that needs several of these makes one `StoredSweep` and passes it on. Each of them also accepts a folder's path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lagrun.storage import files
from lagrun.storage.counting import Standing, standing
from lagrun.storage.sweep_file import read_plan

if TYPE_CHECKING:
    import pandas as pd

#: Files that are needed again after they were examined, and the most bytes of them to keep; others are read again.
KEPT, MOST_KEPT = (files.CURVE, files.PARAMS), 200_000_000


@dataclass
class Kept:
    """Cache of what was read of runs, by folder or file."""

    examined: dict[Path, tuple[dict[str, Any] | None, str | None]] = field(default_factory=dict)
    curves: dict[Path, pd.DataFrame] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)
    n_bytes: int = 0

    def read(self, path: Path) -> bytes:
        """Read a file; keep its content if it will be needed again."""
        content = path.read_bytes()
        if path.name in KEPT and self.n_bytes + len(content) <= MOST_KEPT:
            self.files[path] = content
            self.n_bytes += len(content)
        return content


class StoredSweep:
    """The folder of a sweep or a run, or any folder that holds run folders; each file is read once.

    A second request returns what the first one found, even if the files have changed since.

    Parameters
    ----------
    folder : Path
        Need not exist.
    kept : Kept, optional
        What was already read of its runs.

    Attributes
    ----------
    folder : Path
        The folder.
    """

    def __init__(self, folder: Path, kept: Kept | None = None) -> None:
        self.folder = folder
        self._kept = kept or Kept()

    @cached_property
    def plan(self) -> list[dict[str, Any]] | None:
        """The cells of its plan; see `lagrun.storage.sweep_file.read_plan`, also for the errors."""
        return read_plan(self.folder, lambda _: self._plan_bytes)

    @cached_property
    def _plan_bytes(self) -> bytes:
        return (self.folder / files.SWEEP).read_bytes()

    @property
    def command(self) -> Any:
        """The command that started it, from its plan; None if that cannot be read."""
        try:
            plan = json.loads(self._plan_bytes)
        except (OSError, ValueError):
            return None
        return plan.get("command") if isinstance(plan, dict) else None

    @cached_property
    def planned_configs(self) -> dict[str, dict[str, Any]]:
        """The configuration of each planned run, by the run's folder."""
        return {run["folder"]: cell["config"] for cell in self.plan or [] for run in cell["runs"]}

    def examine_sealed(self, name: str) -> tuple[dict[str, Any] | None, str | None]:
        """Call `lagrun.storage.files.examine_sealed` on a run's folder; `name` is relative to the sweep's."""
        path = self.folder / name
        if path not in self._kept.examined:
            self._kept.examined[path] = files.examine_sealed(path, self._kept.read)
        return self._kept.examined[path]

    def examine(self, name: str) -> tuple[dict[str, Any] | None, str | None]:
        """Do the same as `lagrun.storage.files.examine`."""
        result, wrong = self.examine_sealed(name)
        return (None if wrong else result), wrong

    def standing(self, name: str, config: Mapping[str, Any], seed: int) -> Standing:
        """How far a planned run is, see `lagrun.storage.counting.standing`; `name` is its folder."""
        return standing(self.folder / name, config, seed, lambda _: self.examine(name))

    def curve(self, name: str) -> pd.DataFrame:
        """The learning curve of a run, as `lagrun.storage.learning_curve.read_curve` returns it."""
        from lagrun.storage.learning_curve import parse_curve  # imports pandas, which resuming does not need

        path = self.folder / name
        if path not in self._kept.curves:
            try:
                content = self.file(name, files.CURVE)
            except OSError:
                content = b""
            self._kept.curves[path] = parse_curve(content)
        return self._kept.curves[path]

    def file(self, name: str, file: str) -> bytes:
        """A file of a run, which may have been read to examine it; OSError if it cannot be read."""
        self.examine_sealed(name)
        path = self.folder / name / file
        return self._kept.files[path] if path in self._kept.files else path.read_bytes()

    def started(self, name: str) -> Mapping[str, Any] | None:
        """What was stored when a run started; None if there is nothing. It is not cached."""
        try:
            started = json.loads((self.folder / name / files.STARTED).read_bytes())
        except (OSError, ValueError):
            return None
        return started if isinstance(started, dict) else None


def stored_sweep(folder: Path | StoredSweep) -> StoredSweep:
    """The `StoredSweep` of a folder; a `StoredSweep` is returned as it is."""
    return folder if isinstance(folder, StoredSweep) else StoredSweep(folder)
