"""What workers have done so far: a small file of counters, a row a block, that they add to and the command reads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

#: Called with what is added to a block's counters: runs ended, solved, failed, training sequences, and sequences that
#: are left to do at most.
Progress = Callable[[int, int, int, int, int], None]

#: Columns: as the arguments of `Progress`.
N_COLUMNS, SEQUENCES, LEFT = 5, 3, 4

#: Of the counters: any budget times any number of runs must fit.
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
        Training sequences that are left to do, at most.
    work, work_left : float
        Both in units of equal cost, such as steps.
    """

    runs: int
    solved: int
    failed: int
    sequences: int
    left: int
    work: float
    work_left: float


def nobody(runs: int, solved: int, failed: int, sequences: int, left: int) -> None:
    """Be told of progress, and do nothing."""


@contextmanager
def counters(left: Sequence[int]) -> Iterator[Path | None]:
    """Make the file of counters of blocks, given the sequences that each has to do at most.

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
    """Make what adds to one block's counters; to nothing where `path` is None, or somebody has removed the file."""
    if path is None or not path.exists():
        return nobody
    row = memoryview(_table(path, "r+")[block])  # a fifth of an array's time, and it is changed at every sequence

    def add(runs: int, solved: int, failed: int, sequences: int, left: int) -> None:
        if runs:
            for column, n in enumerate((runs, solved, failed)):
                row[column] += n
        row[SEQUENCES] += sequences
        row[LEFT] += left

    return add


def begin_again(path: Path | None, block: int, left: int) -> None:
    """Say how many sequences a block has left at most, as a worker died with what it had done."""
    if path is not None and path.exists():
        _table(path, "r+")[block, LEFT] = left


def reader(path: Path, weights: np.ndarray) -> Callable[[], Counts]:
    """Make what reads the counters, given the cost of a sequence of each block, shape (B,)."""
    table = _table(path, "r")
    return lambda: _counted(table, weights)


def _counted(table: np.ndarray, weights: np.ndarray) -> Counts:
    done, left = table[:, SEQUENCES], np.maximum(table[:, LEFT], 0)
    runs, solved, failed = map(int, table[:, :SEQUENCES].sum(0))
    return Counts(runs, solved, failed, int(done.sum()), int(left.sum()), float(done @ weights), float(left @ weights))


def _table(path: Path, mode: str) -> np.ndarray:
    return np.memmap(path, DTYPE, mode).reshape(-1, N_COLUMNS)  # type: ignore[call-overload]
