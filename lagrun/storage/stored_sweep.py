"""A folder of runs that is read once: for its frame, tables, comparison, figures, report and resuming alike.

Whoever needs several of these makes one `StoredSweep` and hands it on; each takes a folder's path as well.
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

#: Files that are wanted after they were examined, and bytes of them that are kept, at most; others are read again.
KEPT, MOST_KEPT = (files.CURVE, files.PARAMS), 200_000_000


@dataclass
class Kept:
    """What was read of runs, by their folders or files."""

    examined: dict[Path, tuple[dict[str, Any] | None, str | None]] = field(default_factory=dict)
    curves: dict[Path, pd.DataFrame] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)
    n_bytes: int = 0

    def read(self, path: Path) -> bytes:
        """Read a file, and keep what is wanted again."""
        content = path.read_bytes()
        if path.name in KEPT and self.n_bytes + len(content) <= MOST_KEPT:
            self.files[path] = content
            self.n_bytes += len(content)
        return content


class StoredSweep:
    """A sweep's folder, a run's, or another that holds run folders, of which each file is read once.

    What is asked for twice is what was found the first time, whatever has been written since.

    Parameters
    ----------
    folder : Path
        Need not exist.
    kept : Kept, optional
        What was read of its runs already.

    Attributes
    ----------
    folder : Path
        The same.
    """

    def __init__(self, folder: Path, kept: Kept | None = None) -> None:
        self.folder = folder
        self._kept = kept or Kept()

    @cached_property
    def plan(self) -> list[dict[str, Any]] | None:
        """The cells of its plan, see `lagrun.storage.sweep_file.read_plan`, which has the errors, too."""
        return read_plan(self.folder, lambda _: self._plan_bytes)

    @cached_property
    def _plan_bytes(self) -> bytes:
        return (self.folder / files.SWEEP).read_bytes()

    @property
    def command(self) -> Any:
        """What its plan, if it has one that can be read, says of the command that began it."""
        try:
            plan = json.loads(self._plan_bytes)
        except (OSError, ValueError):
            return None
        return plan.get("command") if isinstance(plan, dict) else None

    @cached_property
    def planned_configs(self) -> dict[str, dict[str, Any]]:
        """The configuration of each run that its plan has, by the run's folder."""
        return {run["folder"]: cell["config"] for cell in self.plan or [] for run in cell["runs"]}

    def examine_sealed(self, name: str) -> tuple[dict[str, Any] | None, str | None]:
        """What `lagrun.storage.files.examine_sealed` says of a run's folder, named relative to the sweep's."""
        path = self.folder / name
        if path not in self._kept.examined:
            self._kept.examined[path] = files.examine_sealed(path, self._kept.read)
        return self._kept.examined[path]

    def examine(self, name: str) -> tuple[dict[str, Any] | None, str | None]:
        """The same as `lagrun.storage.files.examine` says it."""
        result, wrong = self.examine_sealed(name)
        return (None if wrong else result), wrong

    def standing(self, name: str, config: Mapping[str, Any], seed: int) -> Standing:
        """How far a planned run is, see `lagrun.storage.counting.standing`; `name` is its folder's."""
        return standing(self.folder / name, config, seed, lambda _: self.examine(name))

    def curve(self, name: str) -> pd.DataFrame:
        """The learning curve of a run, as `lagrun.storage.learning_curve.read_curve` has it."""
        from lagrun.storage.learning_curve import parse_curve  # pandas: resuming does not wait for it

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
        """What was stored when a run was begun; None where there is no such thing. It is not kept."""
        try:
            started = json.loads((self.folder / name / files.STARTED).read_bytes())
        except (OSError, ValueError):
            return None
        return started if isinstance(started, dict) else None


def stored_sweep(folder: Path | StoredSweep) -> StoredSweep:
    """The sweep of a folder, which may be one already."""
    return folder if isinstance(folder, StoredSweep) else StoredSweep(folder)
