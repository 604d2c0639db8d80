"""Progress of a sweep whose runs another launcher trains, perhaps on other machines, as read from their folders."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from lagrun.checks import ConfigError
from lagrun.execution.counters import Counts
from lagrun.execution.progress import shown
from lagrun.execution.progress_words import sweep_in_words
from lagrun.interfaces.run_result import FAILED, SOLVED
from lagrun.watching.watched import Watched, Watcher

#: Seconds between looks into all folders of a sweep.
LOOK_SECONDS = 5.0


class _Folders:
    """Counts runs and sequences from the folders of a sweep."""

    def __init__(self, folder: Path) -> None:
        self._watcher = Watcher(folder)
        watched = self._watcher.look()
        self.n_runs, self._n_before = len(watched.runs), _n_sequences(watched)
        self._latest, self._due = self._counted(watched), 0.0

    def read(self) -> Counts:
        """Count again, if it is time to, and the folders can be read."""
        if time.monotonic() >= self._due:
            with suppress(ConfigError, OSError):
                self._latest = self._counted(self._watcher.look())
            self._due = time.monotonic() + LOOK_SECONDS
        return self._latest

    def _counted(self, watched: Watched) -> Counts:
        left = sum(max(0, run.budget - run.sequences) for run in watched.runs if run.outcome is None)
        done = _n_sequences(watched) - self._n_before
        return Counts(watched.count(), watched.count(SOLVED), watched.count(FAILED), done, left, done, left)


def _n_sequences(watched: Watched) -> int:
    return sum(run.sequences for run in watched.runs)


@contextmanager
def shown_by_folders(folder: Path) -> Iterator[None]:
    """Show the progress of a sweep while the body trains it; on a terminal, only the launcher prints."""
    folders = _Folders(folder)
    words = partial(sweep_in_words, n_runs=folders.n_runs)
    with shown(folders.read, words, folder, is_sweep=True, aloud=not sys.stderr.isatty()):
        yield
