"""How far a folder's runs are, read from its files alone: nothing is written, and no lock is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from lagrun.analysis.cells import measured_cells
from lagrun.analysis.frame import check_folder, frame_of
from lagrun.checks import ConfigError
from lagrun.config.identity import experiment
from lagrun.interfaces.run_result import FAILED, SOLVED, UNFINISHED
from lagrun.storage import files
from lagrun.storage.counting import standing
from lagrun.storage.found_runs import OPTIONS, FoundRun
from lagrun.storage.partial import Partial, read_partial
from lagrun.storage.sweep_file import SET_ASIDE, read_plan
from lagrun.watching.signs import Sign, at_work, begun, state_of


@dataclass(frozen=True)
class WatchedRun:
    """A run.

    Attributes
    ----------
    folder : Path
    seed : int or None
        None if it is not known yet.
    outcome : str or None
        None while it has not ended.
    sequences, budget : int
        Training sequences so far, and at most; 0 if not known.
    so_far : Partial or None
        How far it is; None if it has ended, or has not reported.
    sign : Sign or None
        Its latest sign of life, unless it has ended.
    """

    folder: Path
    seed: int | None
    outcome: str | None
    sequences: int
    budget: int
    so_far: Partial | None
    sign: Sign | None


class WatchedCell(NamedTuple):
    """Runs of one configuration."""

    title: str
    runs: list[WatchedRun]


@dataclass(frozen=True)
class Watched:
    """A folder at one moment.

    Attributes
    ----------
    cells : list of WatchedCell
    state : str
        `ENDED` if all runs have; `WORKING` if there was a sign of life lately; `STOPPED` if no process is at work;
        `SILENT` if that is not known.
    sign : Sign or None
        The latest.
    words : str or None
        The progress that the sweep's command reports, while it works.
    """

    cells: list[WatchedCell]
    state: str
    sign: Sign | None
    words: str | None

    @property
    def runs(self) -> list[WatchedRun]:
        """All runs, those of several cells once."""
        return list({run.folder: run for cell in self.cells for run in cell.runs}.values())

    def count(self, *outcomes: str) -> int:
        """How many runs have one of these outcomes; without any, how many have ended."""
        return sum(run.outcome in outcomes if outcomes else run.outcome is not None for run in self.runs)


class Watcher:
    """Looks at a folder again and again; results are read once.

    Parameters
    ----------
    folder : Path
        A sweep's, or a run's, or one that holds run folders.

    Raises
    ------
    ConfigError
        If it cannot be watched.
    """

    def __init__(self, folder: Path) -> None:
        check_folder(folder)
        self._folder = folder
        self._plan: tuple[Any, list[dict[str, Any]] | None, list[str]] = (None, None, [])
        self._results: dict[Path, tuple[Any, dict[str, Any] | None]] = {}

    def look(self) -> Watched:
        """Read how far the runs are; ConfigError if there are none."""
        cells = list(self._cells())
        if not any(cell.runs for cell in cells):
            raise ConfigError(f"{self._folder}: holds no runs")
        own, words = at_work(self._folder)
        waiting = [run for cell in cells for run in cell.runs if run.outcome is None]
        signs = [own] if own else [run.sign for run in waiting if run.sign]
        return Watched(cells, state_of(signs, bool(waiting)), max(signs, default=None), words)

    def _cells(self) -> Iterator[WatchedCell]:
        plan, titles = self._planned()
        if plan is None:
            yield from self._without_plan()
            return
        for cell, title in zip(plan, titles, strict=True):
            config, runs = cell["config"], []
            for run in cell["runs"]:
                path, seed = self._folder / run["folder"], run["seed"]
                result = self._once(path, partial(_counting, path, config, seed))
                runs.append(_run(path, seed, config.get("budget", 0), result))
            yield WatchedCell(title, runs)

    def _without_plan(self) -> Iterator[WatchedCell]:
        names = (files.STARTED, files.RESULT)
        found = sorted({path.parent for name in names for path in self._folder.rglob(name)})
        by_parent: dict[Path, list[WatchedRun]] = {}
        for path in found:
            if SET_ASIDE in path.name:
                continue
            result = self._once(path, partial(files.read_result, path))
            parent = path if path == self._folder else path.parent
            by_parent.setdefault(parent, []).append(_run(path, None, 0, result))
        for parent, runs in by_parent.items():
            yield WatchedCell(parent.name if parent == self._folder else str(parent.relative_to(self._folder)), runs)

    def _planned(self) -> tuple[list[dict[str, Any]] | None, list[str]]:
        """The sweep's plan and its cells' titles, read again if the plan has changed: runs may be added to it."""
        seen = _stamp(self._folder / files.SWEEP)
        if seen != self._plan[0]:
            plan = read_plan(self._folder)
            self._plan = (seen, plan, _titles(plan or []))
        return self._plan[1:]

    def _once(self, folder: Path, read: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
        """A run's result, read again if the file or the plan has changed: the plan decides whether a result counts."""
        seen = (_stamp(folder / files.RESULT), self._plan[0])
        if seen[0] is None:
            return None
        if folder not in self._results or self._results[folder][0] != seen:
            self._results[folder] = (seen, read())
        return self._results[folder][1]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """A value that changes when the file is replaced; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _titles(cells: Sequence[dict[str, Any]]) -> list[str]:
    """The titles of a plan's cells, the same as in pictures."""
    result = {"seed": 0, "outcome": UNFINISHED}
    rows = [
        FoundRun(str(i), result, cell["config"], experiment(cell["config"]), cell.get(OPTIONS) or {}, cell)
        for i, cell in enumerate(cells)
    ]
    titles = {name: cell.title for cell in measured_cells(frame_of(rows)) for name in cell.runs["folder"]}
    return [titles[str(i)] for i in range(len(cells))]


def _run(folder: Path, seed: int | None, budget: int, result: dict[str, Any] | None) -> WatchedRun:
    if result is not None:
        seen, most = result["sequences_seen"] or 0, result["config"].get("budget", budget)
        return WatchedRun(folder, result["seed"], result["outcome"], seen, most, None, None)
    so_far = read_partial(folder)
    if so_far:
        sign = Sign(so_far.written, so_far.host, so_far.pid)
        return WatchedRun(folder, seed, None, so_far.sequence, budget or so_far.budget, so_far, sign)
    return WatchedRun(folder, seed, None, 0, budget, None, begun(folder))


def outcomes_in_words(watched: Watched) -> list[str]:
    """How many runs have ended, and how."""
    failed = watched.count(FAILED)
    said = [f"{watched.count():,}/{len(watched.runs):,} runs", f"{watched.count(SOLVED):,} solved"]
    return said + ([f"{failed:,} failed"] if failed else [])


def _counting(path: Path, config: dict[str, Any], seed: int) -> dict[str, Any] | None:
    return standing(path, config, seed).counting
