"""Progress of a running command in words: how much is done, how fast, and how long it will take at most."""

from __future__ import annotations

import math
from collections import deque

from lagrun.execution.counters import Counts
from lagrun.text import duration

#: Speed is measured over the latest so many seconds: cells differ, and at the end fewer processes are at work.
LATEST_SECONDS = 60.0


class Speed:
    """How fast counters have grown of late.

    Parameters
    ----------
    now : float
        Time in seconds at which the counters were 0.
    """

    def __init__(self, now: float) -> None:
        self._seen = deque([(now, 0, 0.0)])
        self.sequences = self.work = 0.0

    def see(self, now: float, counts: Counts) -> None:
        """Record the counters; to be called about once a second."""
        self._seen.append((now, counts.sequences, counts.work))
        while len(self._seen) > 2 and self._seen[1][0] <= now - LATEST_SECONDS:
            self._seen.popleft()
        then, sequences, work = self._seen[0]
        if now > then:
            self.sequences = (counts.sequences - sequences) / (now - then)
            self.work = (counts.work - work) / (now - then)


def speed_in_words(counts: Counts, speed: Speed) -> list[str]:
    """Say how fast the work is, and how long it takes if every run uses its whole budget; leave out what is unknown."""
    said = [f"{speed.sequences:,.0f} sequences/s"] if speed.sequences else []
    return said + ([f"at most {duration(counts.work_left / speed.work)} left"] if speed.work else [])


def sweep_in_words(counts: Counts, speed: Speed, n_runs: int) -> list[str]:
    """Say how far the runs of a sweep are."""
    failed = [f"{counts.failed:,} failed"] if counts.failed else []
    done = [f"{counts.runs:,}/{n_runs:,} runs", f"{counts.solved:,} solved", *failed]
    return [*done, f"{counts.sequences:,} sequences", *speed_in_words(counts, speed)]


def run_in_words(counts: Counts, speed: Speed, budget: int, rolling: float) -> list[str]:
    """Say how far a single run is; `rolling` is the share of its latest predictions that were right, or NaN."""
    right = [] if math.isnan(rolling) else [f"{rolling:.1%} of the latest right"]
    return [f"{budget - counts.left:,} of {budget:,} sequences", *right, *speed_in_words(counts, speed)]
