"""Shows the progress of long work: a line that is updated on a terminal, else occasional lines; and lines in a log."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from lagrun.execution.counters import Counts
from lagrun.execution.progress_words import Speed
from lagrun.execution.terminal_line import TerminalLine
from lagrun.interrupts import defer_interrupts
from lagrun.storage.partial import replace_unsynced, sign_of_life

#: The log of a folder, a run's or a sweep's.
LOG = "lagrun.log"

#: File that a command keeps in its sweep's folder while it is at work.
AT_WORK = "progress.json"

#: Seconds after which a line is written to the log, and then every `LOG_EVERY` seconds.
LOG_AT, LOG_EVERY = (10, 30, 60, 120, 300), 300

#: Seconds between looks at the counters, with a terminal and without, and between two writings of `AT_WORK`.
LOOK_SECONDS, RARE_LOOK_SECONDS, AT_WORK_SECONDS = 0.5, 1.0, 10.0

#: Most seconds to wait at the end for a terminal that accepts no output.
PATIENCE_SECONDS = 2.0

#: Puts the progress into words, in parts; the first and the last are the most important.
Words = Callable[[Counts, Speed], Sequence[str]]


@contextmanager
def shown(read: Callable[[], Counts], words: Words, folder: Path, is_sweep: bool, aloud: bool = True) -> Iterator[None]:
    """Show how far the work is while the body runs.

    Parameters
    ----------
    read : callable
        Reads the counters.
    words : callable
        Puts them into words.
    folder : Path
        Folder of the log and, for a sweep, of `AT_WORK`. Write errors there are ignored.
    is_sweep : bool
        Whether `folder` is a sweep's, rather than a run's.
    aloud : bool
        Whether to write to standard error, too.
    """
    work = _Shown(read, words, folder, is_sweep, aloud)
    thread = threading.Thread(target=work.show_until_done, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with defer_interrupts():  # or a second Ctrl-C would leave half a line behind
            work.done.set()
            thread.join(PATIENCE_SECONDS)


class _Shown:
    """The work of the thread that shows progress."""

    def __init__(self, read: Callable[[], Counts], words: Words, folder: Path, is_sweep: bool, aloud: bool) -> None:
        self.done = threading.Event()
        self._read, self._words, self._folder = read, words, folder.absolute()
        self._is_sweep, self._aloud = is_sweep, aloud
        self._line = TerminalLine() if aloud and sys.stderr.isatty() else None
        self._started = time.monotonic()
        self._speed = Speed(self._started)
        self._next_log, self._next_sign = float(LOG_AT[0]), 0.0

    def show_until_done(self) -> None:
        """Show progress until the work is done."""
        if self._is_sweep:
            log(self._folder, f"began: {', '.join(self._words(self._read(), self._speed))}")
        self._look(0.0)
        while not self.done.wait(LOOK_SECONDS if self._line else RARE_LOOK_SECONDS):
            self._look(time.monotonic() - self._started)
        if self._line:
            self._line.clear()
        if self._is_sweep:
            self._end()

    def _look(self, seconds: float) -> None:
        counts = self._read()
        self._speed.see(self._started + seconds, counts)
        parts = self._words(counts, self._speed)
        if self._line:
            self._line.show(parts)
        if self._is_sweep and seconds >= self._next_sign:
            self._next_sign = seconds + AT_WORK_SECONDS
            content = {"words": ", ".join(parts), **sign_of_life()}
            replace_unsynced(self._folder / AT_WORK, json.dumps(content).encode())
        if seconds >= self._next_log:
            self._next_log = next_log(seconds)
            if self._aloud and not self._line:
                print(f"lagrun: {', '.join(parts)}", file=sys.stderr, flush=True)
            log(self._folder, ", ".join(parts))

    def _end(self) -> None:
        """Write the final state to the log, and remove `AT_WORK`."""
        log(self._folder, f"ended: {', '.join(self._words(self._read(), Speed(self._started)))}")
        with suppress(OSError):
            (self._folder / AT_WORK).unlink(missing_ok=True)


def next_log(seconds: float) -> float:
    """When to write the next line, after one at `seconds` from the start."""
    later = [at for at in LOG_AT if at > seconds]
    return float(later[0] if later else seconds - seconds % LOG_EVERY + LOG_EVERY)


def log(folder: Path, message: str) -> None:
    """Add a line with date and time to the log of a folder; write errors are ignored."""
    stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(f"[{stamp}][lagrun] {message}\n")
