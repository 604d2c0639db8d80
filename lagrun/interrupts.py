"""Ctrl-C and SIGTERM end the command alike: workers are stopped, and what is finished is kept and shown."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds after which an interrupt that nobody has answered is raised again: where Python is called back from C, as by
#: a compiler, exceptions are lost.
AGAIN_SECONDS = 0.2


class Terminated(KeyboardInterrupt):
    """The process was asked to end, by ``kill``, a batch system or a shutdown."""


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """What a shell expects of a process that a signal has ended: 128 + its number."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt or `Terminated` in the main thread where a signal arrives, until `stop_raising`.

    SIGINT is left alone where it is ignored, as in the background of a script, and both are in a thread that is not the
    main one: Python gives signals to the main thread, whose program answers them.
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
    """Stop raising: whoever has caught the interrupt is ending the command."""
    if _Alarm.is_set:  # or the timer is somebody else's
        signal.setitimer(signal.ITIMER_REAL, 0)
        _Alarm.is_set = False  # last, or an alarm just before would leave the timer on


class _Alarm:
    """Whether an interrupt is to be raised again."""

    is_set = False


class _Held:
    """Whether interrupts have to wait, and which does."""

    depth = 0
    waiting: type[KeyboardInterrupt] | None = None


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Let interrupts wait until the body, which must be short, has done its work."""
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
