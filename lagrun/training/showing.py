"""When the progress of a block's runs is reported. It depends on wall time, and changes no result."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from lagrun.interfaces.run_result import SoFar
from lagrun.training.training_block import TrainingBlock

#: Pause after a report, in durations of that report: reports take less than half a percent, even on slow disks.
LEAST_REST = 250


class Showing:
    """Reports from time to time how far the runs of a block are.

    Parameters
    ----------
    show : callable
        Called with the seed of each run that is training, and its progress.
    every_seconds : float
        Least wall time between two reports.
    """

    def __init__(self, show: Callable[[int, SoFar], None], every_seconds: float) -> None:
        self._show, self._every_seconds = show, every_seconds
        self._due = time.monotonic() + every_seconds

    def look(self, block: TrainingBlock, sequence: int) -> None:
        """Report how far the runs of a block are, after `sequence` training sequences, if a report is due."""
        now = time.monotonic()
        if now < self._due:
            return
        rolling, per_second = _rolling(block, sequence), (sequence - block.n_done) / (now - block.clock.began)
        for s, seed in enumerate(block.seeds):
            self._show(seed, SoFar(sequence, float(rolling[s]), block.curves[s], per_second))
        took = time.monotonic() - now
        self._due = now + took + max(self._every_seconds, LEAST_REST * took)


def _rolling(block: TrainingBlock, sequence: int) -> np.ndarray:
    """Rolling accuracy of each seed, from a copy of the state, so that a user's criterion cannot change its own."""
    unknown = np.full(len(block.seeds), np.nan)
    with suppress(Exception, SystemExit):
        state = {name: array.copy() for name, array in block.criterion_state.items()}
        found = np.asarray(block.experiment.criterion.rolling_accuracy(state, sequence), float)
        return found if found.shape == unknown.shape else unknown
    return unknown
