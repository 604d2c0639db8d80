"""One worker process: what it is told at its start, how it is given a block, and how it is ended."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing import current_process
from queue import Empty
from typing import Any

from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from lagrun.checks import one_line
from lagrun.execution.unavailable import NoWorkerError

#: Option of Linux' prctl: the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1

#: Files that must be free to be opened before a process is started: about as many as its queues need, and as its
#: imports need in the process itself, which has the same limit. Without them it would fail halfway.
N_FREE_FILES = 16

#: Threads that must be free to be started: two see to the process, which itself counts as one, and so do the two that
#: clean up after the first. Without them it would never be given anything.
N_FREE_THREADS = 5

#: What a process has in its environment beside its parent's. Training uses one thread of BLAS; where the system has no
#: room for others, OpenBLAS ends the process as by Ctrl-C.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}

#: Seconds between looks at what a process does.
LOOK_SECONDS = 0.2


class Worker:
    """A process that runs one call at a time, and dies with this one.

    Raises
    ------
    NoWorkerError
        If none can be started.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        if current_process().daemon:
            raise NoWorkerError("a daemonic process may have no children")
        reason = None
        try:
            _check_files()
            _check_threads()
            self._executor = ProcessPoolExecutor(1, initializer=_set_up, initargs=(os.getpid(),), env=ENVIRONMENT)
            self._ready = self._begin()
        except Exception as error:  # loky's own handling of what the system refuses raises anything
            reason = _in_words(error)
        if reason:
            self._give_up(reason)

    def _begin(self) -> Future[None]:
        # A process inherits what is blocked: Ctrl-C in a terminal reaches it, too, and it is for the parent to answer.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            ready: Future[None] = self._executor.submit(_import)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        manager = self._executor._executor_manager_thread
        manager.kill_workers = partial(_kill_all, manager.processes)  # loky's own starts a program to find children
        return ready

    def _give_up(self, reason: str) -> None:
        if hasattr(self, "_executor"):
            self.end()
            del self._executor
        gc.collect()  # closes the files that loky had opened
        raise NoWorkerError(reason)

    def why_not_started(self) -> str | None:
        """Tell why the process will never be ready for a call; None if it has been, or still may be."""
        if self._ready.done():
            error = self._ready.exception()
            return _in_words(error) if error else None
        manager = self._executor._executor_manager_thread
        return None if manager.is_alive() else "can't start new thread"

    def is_starting(self) -> bool:
        """Tell whether the process has not been ready for a call yet."""
        return not self._ready.done()

    @property
    def pid(self) -> int | None:
        """The process; None if it has died."""
        return next(iter(self._executor._processes or ()), None)

    def submit(self, call: Callable[..., None], *arguments: Any) -> Future[None]:
        """Start a call. If the process dies during it, the future's exception is a `BrokenProcessPool`.

        Raises
        ------
        NoWorkerError
            If the process has died before, and no other can be started in its place.
        """
        try:
            future: Future[None] = self._executor.submit(call, *arguments)
        except BrokenProcessPool:  # it has died while it had nothing to do
            if why := self.why_not_started():
                raise NoWorkerError(why) from None
            self._start()
            future = self._executor.submit(call, *arguments)
        return future

    def end(self) -> None:
        """Kill the process, whatever it is doing."""
        processes = dict(self._executor._processes or {})
        manager = self._executor._executor_manager_thread
        for process in processes.values():
            with suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        with suppress(Empty):  # or loky would look for calls that it has given up, and end in a traceback
            while True:
                self._executor._work_ids.get_nowait()
        self._executor.shutdown(wait=manager is None or manager.ident is not None, kill_workers=True)
        _kill_all(processes)  # which waits for them, too, where there is no thread that does


def _kill_all(processes: dict[int, Any], reason: str = "") -> None:
    """Kill processes, and wait until they have ended."""
    while processes:
        _, process = processes.popitem()
        with suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)
        process.join()


def _check_files() -> None:
    """Raise OSError unless `N_FREE_FILES` can be opened."""
    opened: list[int] = []
    try:
        for _ in range(N_FREE_FILES):
            opened.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for number in opened:
            os.close(number)


def _check_threads() -> None:
    """Raise RuntimeError unless `N_FREE_THREADS` can be started, and end."""
    release = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(N_FREE_THREADS):
            thread = threading.Thread(target=release.wait)
            thread.start()
            started.append(thread)
    finally:
        release.set()
        for thread in started:
            thread.join()


def ended_with(error: BaseException | None) -> str:
    """How a process ended by a `BrokenProcessPool`, such as ``SIGKILL(-9)``; empty if that is not known."""
    match = re.search(r"exit codes of the workers are \{(.*?)\}", str(error))
    cause = str(error.__cause__ or "").strip().splitlines() if error else []
    return match[1] if match else cause[-1] if cause else ""


def _in_words(error: BaseException) -> str:
    """Why a process could not be started, on one line."""
    if isinstance(error, BrokenProcessPool):
        return one_line(f"it ended with {ended_with(error) or 'no reason'} while it started")
    told = error.strerror if isinstance(error, OSError) else None
    return one_line(told or str(error) or type(error).__name__)


def _import() -> None:
    """Take the time that imports need."""
    import lagrun.execution.run_block  # noqa: F401


def _set_up(parent: int) -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has died already
        os._exit(1)
