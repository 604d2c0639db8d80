"""How long a process of this machine has been running, measured by another process that looks at it regularly."""

from __future__ import annotations

import time
from pathlib import Path

#: Most seconds that one look adds: if the last look was long ago, the observer itself was stopped, with all others.
LONGEST_LOOK_SECONDS = 1.0

#: States of ``/proc/PID/stat`` in which a process is stopped until it is told to continue.
STOPPED = ("T", "t")


class RunningTime:
    """Seconds that a process has been running, busy or not, without those in which it was stopped.

    Time does not count while the machine is suspended, while the process group is stopped (Ctrl-Z, SIGSTOP), or while
    this process alone is stopped. The last of these needs ``/proc``; elsewhere, that time counts.

    Parameters
    ----------
    pid : int or None
        The process; None if unknown: it then counts as running.
    """

    def __init__(self, pid: int | None) -> None:
        self._stat = None if pid is None else Path(f"/proc/{pid}/stat")
        self.restart()

    def restart(self) -> None:
        """Start again from 0."""
        self.seconds, self._last_look = 0.0, time.monotonic()

    def look(self) -> float:
        """Add the time since the last look, and return the seconds; to be called several times a second."""
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
