"""Overview of the sweeps and runs below a folder: results are counted as they are stored, and not checked.

No configuration is composed and no frame is made, so hundreds of sweeps are read quickly. `lagrun.storage.found_runs`
checks every file.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagrun.config.identity import BUDGET as BUDGET_KEY
from lagrun.interfaces.run_result import BUDGET, FAILED, SOLVED
from lagrun.storage import files as store
from lagrun.storage.lock import in_use

#: What Hydra writes into the folder of a sweep, and of a run.
MULTIRUN, HYDRA = "multirun.yaml", ".hydra"

#: A folder with one of these files is the folder of a sweep or of a run.
MARKS = (store.SWEEP, store.STARTED, store.RESULT, MULTIRUN, HYDRA)

#: Outcome that stands for a result that cannot be read.
DAMAGED = "damaged"


@dataclass(frozen=True)
class Output:
    """A sweep, or a single run.

    Attributes
    ----------
    folder : Path
    command : list of str or None
        Stored arguments of the command that started it; None if unknown.
    n_planned : int or None
        Number of its runs; None if the plan of the sweep cannot be read.
    n_done, n_solved, n_failed : int
        Runs that have ended; of these, runs that solved the task, and runs that failed.
    n_bytes : int
        Its size on disk.
    begun : float or None
        When its oldest file was written, in seconds since 1970; None if it has none.
    state : str
    """

    folder: Path
    command: list[str] | None
    n_planned: int | None
    n_done: int
    n_solved: int
    n_failed: int
    n_bytes: int
    begun: float | None
    state: str


def outputs(root: Path) -> Iterator[Path]:
    """Yield the folders of sweeps and of single runs at or below a folder; links are not followed."""
    if any(os.path.lexists(root / name) for name in MARKS):
        yield root
        return
    try:
        with os.scandir(root) as entries:
            below = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError:  # `read` reports it
        yield root
        return
    for name in below:
        yield from outputs(root / name)


def read(folder: Path) -> Output:
    """Summarise one of the folders from `outputs`, whatever it holds."""
    files = _Files(folder)
    command, planned, wrong = _plan(folder, files.outcomes)
    ended = [outcome for run, budget in planned.items() if (outcome := _ended(files.outcomes.get(run), budget))]
    counts = Counter(ended)
    n_damaged = counts.pop(DAMAGED, 0)
    damage = [*([f"{n_damaged} damaged"] if n_damaged else []), *([wrong] if wrong else []), *files.errors[:1]]
    state = "finished" if counts.total() == len(planned) and not wrong else "unfinished"
    return Output(
        folder,
        command,
        None if wrong else len(planned),
        counts.total(),
        counts[SOLVED],
        counts[FAILED],
        files.n_bytes,
        files.oldest,
        ", ".join(["in use" if in_use(folder) else state, *damage]),
    )


class _Files:
    """All files below a folder: their size, the oldest, and the results."""

    def __init__(self, folder: Path) -> None:
        self.n_bytes = 0
        self.oldest: float | None = None
        self.outcomes: dict[str, Mapping[str, Any]] = {}
        self.errors: list[str] = []
        for top, _, names in os.walk(folder, onerror=self._note):
            for name in names:
                self._add(os.path.join(top, name))  # noqa: PTH118  (many files: a Path each would take twice the time)
            if store.RESULT in names:
                self.outcomes[os.path.relpath(top, folder)] = _result(Path(top))

    def _add(self, path: str) -> None:
        try:
            found = os.lstat(path)
        except OSError as error:
            self._note(error)
            return
        self.n_bytes += found.st_blocks * 512
        self.oldest = min(self.oldest or found.st_mtime, found.st_mtime)

    def _note(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # a run that is being trained replaces its files
            self.errors.append(f"{error.filename} cannot be read ({error.strerror})")


def _result(folder: Path) -> Mapping[str, Any]:
    """The content of a result; outcome `DAMAGED` if it cannot be read."""
    try:
        result = json.loads((folder / store.RESULT).read_bytes())
        return {"outcome": str(result["outcome"]), "sequences_seen": result["sequences_seen"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"outcome": DAMAGED}


def _ended(result: Mapping[str, Any] | None, budget: int) -> str | None:
    """The outcome of a run that has ended; None if it has not, or will go on because the budget was raised."""
    if result is None or (result["outcome"] == BUDGET and (result["sequences_seen"] or 0) < budget):
        return None
    return str(result["outcome"])


def _plan(folder: Path, outcomes: Mapping[str, Any]) -> tuple[list[str] | None, dict[str, int], str | None]:
    """The command, the budget of each run by its folder, and what is wrong with the plan, if anything."""
    is_sweep = (folder / store.SWEEP).exists()
    try:
        if is_sweep:
            plan = json.loads((folder / store.SWEEP).read_bytes())
            runs = {
                os.path.normpath(run["folder"]): int(cell["config"][BUDGET_KEY])
                for cell in plan["cells"]
                for run in cell["runs"]
            }
            return _words(plan.get("command")), runs, None
        if not (folder / MULTIRUN).exists():
            return _words(json.loads((folder / store.STARTED).read_bytes())["command"]), {".": 0}, None
        wrong = f"no {store.SWEEP}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        missing = isinstance(error, FileNotFoundError)
        name = store.SWEEP if is_sweep else store.STARTED
        wrong = f"no {name}" if missing else f"{name} cannot be read"
    return None, dict.fromkeys(outcomes, 0), wrong


def _words(command: Any) -> list[str] | None:
    return None if command is None else list(map(str, command))
