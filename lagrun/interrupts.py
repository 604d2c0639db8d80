"""Ctrl-C and SIGTERM end the command alike: workers are stopped, and what is finished is kept and shown."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds after which an interrupt that was not handled is raised again: an exception is lost if it is raised while C
#: code, such as a compiler, calls back into Python.
AGAIN_SECONDS = 0.2


class Terminated(KeyboardInterrupt):
    """The process was asked to end, by ``kill``, a batch system or a shutdown."""


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """What a shell expects of a process that a signal has ended: 128 + its number."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt or `Terminated` in the main thread where a signal arrives, until `stop_raising`.

    SIGINT is left alone if it is ignored, as in a script's background job. In any other thread, both signals are left
    alone: Python delivers signals to the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = {signal.SIGTERM: _terminate}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        ours[signal.SIGINT] = _interrupt
    before = {signal.SIGALRM: signal.getsignal(signal.SIGALRM)}
    before |= {number: signal.signal(number, handler) for number, handler in ours.items()}
    hook = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, KeyboardInterrupt) else hook(lost)
    try:
        yield
    finally:
        stop_raising()
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_raising() -> None:
    """Stop raising: the code that caught the interrupt is already ending the command."""
    if _Alarm.is_set:  # else the timer belongs to other code
        signal.setitimer(signal.ITIMER_REAL, 0)
        _Alarm.is_set = False  # only after the timer: an alarm in between would else leave it on


class _Alarm:
    """Whether an interrupt is to be raised again."""

    is_set = False


class _Held:
    """How many blocks make interrupts wait, and the interrupt that waits."""

    depth = 0
    waiting: type[KeyboardInterrupt] | None = None


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Delay interrupts until the body has ended, which must be short."""
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        waiting, _Held.waiting = _Held.waiting, None
    if waiting and not _Held.depth:
        _raise_until_answered(waiting)


def _terminate(number: int, frame: FrameType | None) -> None:
    _raise_until_answered(Terminated)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _raise_until_answered(KeyboardInterrupt)


def _raise_until_answered(kind: type[KeyboardInterrupt]) -> None:
    def again(number: int, frame: FrameType | None) -> None:
        if not _Held.depth:
            raise kind

    if _Held.depth:
        _Held.waiting = kind
        return
    _Alarm.is_set = True
    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
    raise kind
