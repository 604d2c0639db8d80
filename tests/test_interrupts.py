"""Signals as exceptions."""

import ctypes
import os
import signal
import time

import pytest

from lagrun.interrupts import Terminated, answered, exit_status, interruptible


@pytest.mark.parametrize(
    ("number", "kind", "status"), [(signal.SIGTERM, Terminated, 143), (signal.SIGINT, KeyboardInterrupt, 130)]
)
def test_an_interrupt_that_is_lost_is_raised_again(
    number: signal.Signals, kind: type[KeyboardInterrupt], status: int
) -> None:
    """Exceptions do not pass through a callback from C."""
    callback = ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), number))
    reached = []

    def lose_and_go_on() -> None:
        with interruptible():
            callback()
            reached.append("here")
            time.sleep(60)

    with pytest.raises(kind) as raised:
        lose_and_go_on()
    assert reached == ["here"]
    assert exit_status(raised.value) == status


def test_an_interrupt_that_is_answered_is_not_raised_again() -> None:
    reached = []
    with interruptible():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        except Terminated:
            answered()
        time.sleep(0.5)
        reached.append("the end")
    assert reached == ["the end"]


def test_handlers_are_put_back_and_an_ignored_sigint_stays_ignored() -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before[1]
    assert [signal.getsignal(number) for number in numbers] == before
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.3)
    finally:
        signal.signal(signal.SIGINT, before[1])


def test_an_alarm_in_the_middle_of_an_answer_leaves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(*arguments: object) -> None:
        raise KeyboardInterrupt

    with interruptible():
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.setattr(signal, "setitimer", early)
        with pytest.raises(KeyboardInterrupt):
            answered()
        monkeypatch.undo()
        answered()
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_another_s_alarm_is_left_alone() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        with interruptible():
            answered()
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
