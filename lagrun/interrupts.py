"""Ctrl-C and SIGTERM end the command in the same way: workers stop, and finished runs are kept and shown."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds after which an interrupt is raised again, until `stop_raising`. The first one may be lost: C code that calls
#: Python, such as a compiler, can drop exceptions.
AGAIN_SECONDS = 0.2


class Terminated(KeyboardInterrupt):
    """The process was asked to end, by ``kill``, a batch system or a shutdown."""


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Exit status that a shell expects of a process ended by a signal: 128 + the number of the signal."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


@contextmanager
def interruptible() -> Iterator[None]:
    """On a signal, raise KeyboardInterrupt or `Terminated` in the main thread, again and again until `stop_raising`.

    SIGINT is handled only if Python's default handler is set: a script's background job ignores it, and still does.
    Outside the main thread nothing is changed: Python delivers signals to the main thread, so its program handles them.
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
    """Stop raising the interrupt again. Call this once it is caught and the command is ending."""
    if _Alarm.is_set:  # otherwise the timer may belong to other code
        signal.setitimer(signal.ITIMER_REAL, 0)
        _Alarm.is_set = False  # last: if an alarm comes first, the next call still stops the timer


class _Alarm:
    """Whether the timer that raises an interrupt again is running."""

    is_set = False


class _Held:
    """How many `defer_interrupts` are active, and the interrupt that waits for them."""

    depth = 0
    waiting: type[KeyboardInterrupt] | None = None


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Hold interrupts back until the body has ended; it must be short."""
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
    if _Held.waiting and not _Held.depth:
        waiting, _Held.waiting = _Held.waiting, None
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
