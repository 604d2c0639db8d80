"""Standard output and error that may be closed, full or cut off: no command ends for that before its work is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO


class _Lenient:
    """A stream that goes nowhere once it cannot be written to, and knows why."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        return self._try(self._stream.write, text) or len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except OSError as error:  # the reader of a pipe has ended, or the disk is full
            self.error = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())  # what is still in buffers must go somewhere
            os.close(nowhere)
            return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def run(command: Callable[[], int]) -> int:
    """Run a command, whatever its standard streams are, and return its exit status.

    A closed pipe is no error: its reader has seen enough. What cannot be written elsewhere, as on a full disk, makes
    the status 1, and is said on standard error.
    """
    _open_closed()
    before = sys.stdout, sys.stderr
    out, err = (_Lenient(stream) if _is_file(stream) else None for stream in before)
    sys.stdout, sys.stderr = out or before[0], err or before[1]
    try:
        with _any_name(before[0]):
            status = command()
            sys.stdout.flush()
        if out and out.error and not isinstance(out.error, BrokenPipeError):
            print(f"lagrun: standard output cannot be written to ({out.error.strerror})", file=sys.stderr)
            status = status or 1
        return status
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


@contextmanager
def _any_name(stream: TextIO) -> Iterator[None]:
    """Write a file's name that is no text in the stream's encoding as the bytes that it is."""
    if not (isinstance(stream, TextIOWrapper) and stream.errors == "strict"):
        yield
        return
    stream.reconfigure(errors="surrogateescape")
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # closed or full, which is said elsewhere
            stream.reconfigure(errors="strict")


def _open_closed() -> None:
    """Open the standard streams that are closed: the next files would have their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def _is_file(stream: TextIO) -> bool:
    """Tell whether a stream is one of the operating system's, and not a test's or a notebook's."""
    try:
        return stream.fileno() >= 0
    except (OSError, AttributeError, ValueError):
        return False
