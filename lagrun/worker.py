"""One worker process: what it is told at its start, how it is given a block, and how it is ended."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

#: Option of Linux' prctl: the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1


class Worker:
    """A process that runs one call at a time, and dies with this one.

    Attributes
    ----------
    ready : Future
        Done when the process has started.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._executor = ProcessPoolExecutor(max_workers=1, initializer=_set_up, initargs=(os.getpid(),))
        # A process inherits what is blocked: Ctrl-C in a terminal reaches it, too, and it is for the parent to answer.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.ready: Future[None] = self._executor.submit(_import)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def submit(self, call: Callable[..., None], *arguments: Any) -> Future[None]:
        """Start a call. If the process dies during it, the future's exception is a `BrokenProcessPool`."""
        try:
            future: Future[None] = self._executor.submit(call, *arguments)
        except BrokenProcessPool:  # it has died while it had nothing to do
            self._start()
            future = self._executor.submit(call, *arguments)
        return future

    def end(self) -> None:
        """Kill the process, whatever it is doing."""
        for process in list((self._executor._processes or {}).values()):
            with suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        self._executor.shutdown(wait=True, kill_workers=True)


def _import() -> None:
    """Take the time that imports need."""
    import lagrun.runs  # noqa: F401


def _set_up(parent: int) -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has died already
        os._exit(1)
