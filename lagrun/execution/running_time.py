"""How long a process of this machine has been running, as seen by another that looks at it now and then."""

from __future__ import annotations

import time
from pathlib import Path

#: Most seconds that one look adds: whoever looks has been stopped itself, with all others, if the last was long ago.
LONGEST_LOOK_SECONDS = 1.0

#: States of ``/proc/PID/stat`` in which a process runs no further before it is told to go on.
STOPPED = ("T", "t")


class RunningTime:
    """Seconds that a process has been running, whether it did anything or not, but for those in which it was stopped.

    A suspended machine, a process group that was stopped (Ctrl-Z, SIGSTOP), and a process that was stopped by itself
    add nothing. Where there is no ``/proc``, the last of these adds its time.

    Parameters
    ----------
    pid : int or None
        The process; None if it is not known, which then counts as running.
    """

    def __init__(self, pid: int | None) -> None:
        self._stat = None if pid is None else Path(f"/proc/{pid}/stat")
        self.restart()

    def restart(self) -> None:
        """Begin at 0."""
        self.seconds, self._last_look = 0.0, time.monotonic()

    def look(self) -> float:
        """Add the time since the last look, which should be a small part of a second ago, and return the seconds."""
        now = time.monotonic()
        if not self._is_stopped():
            self.seconds += min(now - self._last_look, LONGEST_LOOK_SECONDS)
        self._last_look = now
        return self.seconds

    def _is_stopped(self) -> bool:
        try:
            return self._stat is not None and self._stat.read_text().rpartition(")")[2].split()[0] in STOPPED
        except (OSError, IndexError):  # it has ended, or the system has no such file
            return False
