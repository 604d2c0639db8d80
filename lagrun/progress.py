"""One live line for a whole sweep. Workers add to counters in a small shared file; the parent reads and shows them."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from lagrun.runs import Progress

#: Columns of the counters: runs ended, solved, failed, training sequences.
N_COLUMNS = 4


def adder(path: Path | None, block: int) -> Progress:
    """Make what adds to one block's counters; to nothing where `path` is None."""
    if path is None:
        return lambda runs, solved, failed, sequences: None
    row = np.memmap(path, np.int64, "r+").reshape(-1, N_COLUMNS)[block]

    def add(runs: int, solved: int, failed: int, sequences: int) -> None:
        row[:] += (runs, solved, failed, sequences)

    return add


@contextmanager
def live_line(n_runs: int, n_blocks: int) -> Iterator[Path | None]:
    """Show progress on standard error while the body runs, if that is a terminal.

    Parameters
    ----------
    n_runs : int
        Runs of the sweep.
    n_blocks : int
        Blocks, each of which has counters of its own.

    Yields
    ------
    Path or None
        The counters, for `adder`; None where nothing is shown.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="lagrun-") as folder:
        path = Path(folder) / "progress"
        path.write_bytes(bytes(8 * N_COLUMNS * n_blocks))
        done = threading.Event()
        thread = threading.Thread(target=_show, args=(path, n_runs, done), daemon=True)
        thread.start()
        try:
            yield path
        finally:
            done.set()
            thread.join()


def _show(path: Path, n_runs: int, done: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    counters = np.memmap(path, np.int64, "r").reshape(-1, N_COLUMNS)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("runs, {task.description}"), TimeRemainingColumn())
    start = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=n_runs)
        while True:
            ending = done.wait(0.2)
            runs, solved, failed, sequences = counters.sum(0)
            rate = sequences / (time.monotonic() - start)
            text = f"{solved} solved, " + (f"{failed} failed, " if failed else "") + f"{rate:,.0f} sequences/s, left"
            bar.update(task, completed=int(runs), description=text)
            if ending:
                return
