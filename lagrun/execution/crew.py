"""The worker processes of a sweep: as many as are wanted, or else as many as the system has room for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import wait

from lagrun.execution.unavailable import NoWorkerError
from lagrun.execution.worker import LOOK_SECONDS, Worker


class Crew:
    """Workers, all of which are idle at first.

    Where one cannot be started, the others go on, which is said on standard error. One that dies while it starts may
    have been killed, so that it is replaced, but only so often as there are workers.

    Parameters
    ----------
    n_wanted : int
        How many there are to be.

    Attributes
    ----------
    idle : list of Worker
    n : int
        Workers, idle or not.
    reason : str
        Why the last of those that cannot be started cannot; empty if there is none.
    """

    def __init__(self, n_wanted: int) -> None:
        self.idle: list[Worker] = []
        self.n, self.reason = 0, ""
        self._n_wanted, self._n_more_tries = n_wanted, n_wanted

    def start(self) -> None:
        """Start them."""
        try:
            while self.n < self._n_wanted:
                self.idle.append(Worker())
                self.n += 1
        except NoWorkerError as error:
            self._say(str(error))

    def prepare(self, first: Callable[[], None]) -> None:
        """Have one of them make a call before all others, and wait until it has; whatever it raises is ignored."""
        if not self.idle:
            return
        try:
            worker = self.idle[-1]
            done = worker.submit(first)
            while not done.done() and worker.why_not_started() is None:
                wait([done], LOOK_SECONDS)
        except NoWorkerError:  # which is noticed again, and said, where it is given a block
            pass

    def replace(self, worker: Worker) -> None:
        """Start another in the place of one that has died."""
        why = worker.why_not_started()
        worker.end()
        self.n -= 1
        if why is not None:
            self._n_more_tries -= 1
            if self._n_more_tries < 0:
                self._say(why)
                return
        try:
            self.idle.append(Worker())
            self.n += 1
        except NoWorkerError as error:
            self._say(str(error))

    def _say(self, reason: str) -> None:
        self.reason = reason
        if self.n:
            left = f"going on with {self.n} of {self._n_wanted}"
            print(f"lagrun: a worker process cannot be started ({reason}); {left}", file=sys.stderr)
