"""One worker process: how it is set up, how it is given a block, and how it is ended."""

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

#: Number of files that must be available before a process is started: about as many as its queues need, and its imports
#: in the process itself, which has the same limit. Without them it would fail halfway.
N_FREE_FILES = 16

#: Number of threads that must be available: two manage the process, one is the process itself, and two clean up after
#: the first two. Without them the process would never be given a call.
N_FREE_THREADS = 5

#: Added to the environment that a process inherits. Training uses one BLAS thread; where the system cannot start more,
#: OpenBLAS would end the process as Ctrl-C does.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}

#: Seconds between checks of a process.
LOOK_SECONDS = 0.2


class Worker:
    """A process that runs one call at a time, and dies with this one.

    Raises
    ------
    NoWorkerError
        If the process cannot be started.
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
        except Exception as error:  # where the system refuses something, loky may raise any exception
            reason = _in_words(error)
        if reason:
            self._give_up(reason)

    def _begin(self) -> Future[None]:
        # A process inherits blocked signals. Ctrl-C in a terminal reaches it, too, but the parent is to handle it.
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
        except BrokenProcessPool:  # it has died while idle
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
        with suppress(Empty):  # else loky would look for cancelled calls, and end in a traceback
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
    """Raise OSError unless `N_FREE_FILES` files can be opened."""
    opened: list[int] = []
    try:
        for _ in range(N_FREE_FILES):
            opened.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for number in opened:
            os.close(number)


def _check_threads() -> None:
    """Raise RuntimeError unless `N_FREE_THREADS` threads can be started; they are ended at once."""
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
    """Import what a worker needs, as that takes time."""
    import lagrun.execution.run_block  # noqa: F401


def _set_up(parent: int) -> None:
    """Ignore Ctrl-C, which the parent handles, and end when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent has already died
        os._exit(1)
