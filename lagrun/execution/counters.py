"""Progress of the workers: a small file of counters, one row per block. Workers add to it; the command reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

#: Called with what to add to a block's counters: runs ended, solved and failed, training sequences done, and the change
#: in the most sequences that are left to do.
Progress = Callable[[int, int, int, int, int], None]

#: Columns: as the arguments of `Progress`.
N_COLUMNS, SEQUENCES, LEFT = 5, 3, 4

#: Type of the counters: any budget times any number of runs must fit.
DTYPE = np.float64


class Counts(NamedTuple):
    """What a command has done so far.

    Attributes
    ----------
    runs, solved, failed : int
        Runs that have ended.
    sequences : int
        Training sequences.
    left : int
        The most training sequences that are left to do.
    work, work_left : float
        Work done, and the most work left, in units of equal cost, such as steps.
    """

    runs: int
    solved: int
    failed: int
    sequences: int
    left: int
    work: float
    work_left: float


def nobody(runs: int, solved: int, failed: int, sequences: int, left: int) -> None:
    """Ignore progress."""


@contextmanager
def counters(left: Sequence[int]) -> Iterator[Path | None]:
    """Make the file of counters, given the most sequences that each block has to do.

    Yields
    ------
    Path or None
        For `adder`; None where there is no place for temporary files.
    """
    try:
        temporary = tempfile.TemporaryDirectory(prefix="lagrun-", ignore_cleanup_errors=True)
    except OSError:
        yield None
        return
    with temporary as folder:
        yield _made(Path(folder) / "counters", left)


def _made(path: Path, left: Sequence[int]) -> Path | None:
    table = np.zeros((len(left), N_COLUMNS), DTYPE)
    table[:, LEFT] = left
    try:
        path.write_bytes(table.tobytes())
    except OSError:  # a full disk
        return None
    return path


def adder(path: Path | None, block: int) -> Progress:
    """Return a function that adds to one block's counters; does nothing if `path` is None or the file is gone."""
    if path is None or not path.exists():
        return nobody
    row = memoryview(_table(path, "r+")[block])  # five times as fast as an array; it changes at every sequence

    def add(runs: int, solved: int, failed: int, sequences: int, left: int) -> None:
        if runs:
            for column, n in enumerate((runs, solved, failed)):
                row[column] += n
        row[SEQUENCES] += sequences
        row[LEFT] += left

    return add


def begin_again(path: Path | None, block: int, left: int) -> None:
    """Set the most sequences that a block has left, after a worker died and its work was lost."""
    if path is not None and path.exists():
        _table(path, "r+")[block, LEFT] = left


def reader(path: Path, weights: np.ndarray) -> Callable[[], Counts]:
    """Return a function that reads the counters, given the cost of a sequence of each block, shape (B,)."""
    table = _table(path, "r")
    return lambda: _counted(table, weights)


def _counted(table: np.ndarray, weights: np.ndarray) -> Counts:
    done, left = table[:, SEQUENCES], np.maximum(table[:, LEFT], 0)
    runs, solved, failed = map(int, table[:, :SEQUENCES].sum(0))
    return Counts(runs, solved, failed, int(done.sum()), int(left.sum()), float(done @ weights), float(left @ weights))


def _table(path: Path, mode: str) -> np.ndarray:
    return np.memmap(path, DTYPE, mode).reshape(-1, N_COLUMNS)  # type: ignore[call-overload]
