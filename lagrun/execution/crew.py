"""The worker processes of a sweep: as many as are wanted, or as many as the system can start."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import wait

from lagrun.execution.unavailable import NoWorkerError
from lagrun.execution.worker import LOOK_SECONDS, Worker


class Crew:
    """Workers, all of which are idle at first.

    If one cannot be started, a message on standard error says so, and the others go on. One that dies while it starts
    may have been killed, so it is replaced; the number of such replacements is limited to `n_wanted`.

    Parameters
    ----------
    n_wanted : int
        Number of workers to start.

    Attributes
    ----------
    idle : list of Worker
    n : int
        Number of workers, idle or not.
    reason : str
        Why a worker could not be started, the latest reason; empty if there is none.
    """

    def __init__(self, n_wanted: int) -> None:
        self.idle: list[Worker] = []
        self.n, self.reason = 0, ""
        self._n_wanted, self._n_more_tries = n_wanted, n_wanted

    def start(self) -> None:
        """Start the workers."""
        try:
            while self.n < self._n_wanted:
                self.idle.append(Worker())
                self.n += 1
        except NoWorkerError as error:
            self._say(str(error))

    def prepare(self, first: Callable[[], None]) -> None:
        """Let one worker run `first`, and wait for its end; whatever it raises is ignored."""
        if not self.idle:
            return
        try:
            worker = self.idle[-1]
            done = worker.submit(first)
            while not done.done() and worker.why_not_started() is None:
                wait([done], LOOK_SECONDS)
        except NoWorkerError:  # it will be noticed again, and reported, when it is given a block
            pass

    def replace(self, worker: Worker) -> None:
        """Start another worker in place of one that has died."""
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
