"""Signals as exceptions."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagrun.interrupts import Terminated, defer_interrupts, exit_status, interruptible, stop_raising
from scripts.soak import not_ignoring_sigint, start


@pytest.fixture(autouse=True)
def as_in_the_foreground() -> Iterator[None]:
    """Tests that were started in the background of a script ignore SIGINT."""
    with not_ignoring_sigint():
        yield


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
            stop_raising()
        time.sleep(0.5)
        reached.append("the end")
    assert reached == ["the end"]


def test_handlers_are_put_back() -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    with interruptible():
        assert all(
            signal.getsignal(number) is not handler for number, handler in zip(numbers[:2], before, strict=False)
        )
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.fixture
def as_in_the_background() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("as_in_the_background")
def test_a_sigint_that_is_ignored_stays_ignored() -> None:
    with interruptible():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)


@pytest.mark.usefixtures("as_in_the_background")
def test_commands_that_are_to_be_interrupted_do_not_inherit_an_ignored_sigint(tmp_path: Path) -> None:
    assert start(["sh", "-c", "kill -INT $$; exit 0"], tmp_path / "log").wait(10) == -signal.SIGINT
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_an_interrupt_of_a_text_that_is_executed_gives_the_same_status(tmp_path: Path) -> None:
    """As while a module with dataclasses is imported; it counts only where Python was started with ``-m``."""
    (tmp_path / "interrupted.py").write_text(
        "import sys, types\n"
        "from lagrun.__main__ import main\n"
        "text = 'raise KeyboardInterrupt'\n"
        "sys.modules['lagrun.cli.command'] = types.SimpleNamespace(command=lambda: exec(text))\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "lagrun: interrupted\n")


def test_an_alarm_in_the_middle_of_an_answer_leaves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(*arguments: object) -> None:
        raise KeyboardInterrupt

    with interruptible():
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.setattr(signal, "setitimer", early)
        with pytest.raises(KeyboardInterrupt):
            stop_raising()
        monkeypatch.undo()
        stop_raising()
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_another_s_alarm_is_left_alone() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        with interruptible():
            stop_raising()
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_interrupt_waits_for_the_outermost_of_nested_parts() -> None:
    reached = []

    def nested() -> None:
        with defer_interrupts():
            with defer_interrupts():
                os.kill(os.getpid(), signal.SIGTERM)
            reached.append("between")

    with interruptible(), pytest.raises(Terminated):
        nested()
    assert reached == ["between"]
