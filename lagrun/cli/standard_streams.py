"""Lets a command finish its work even if standard output or error is closed, full or cut off."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO


class _Lenient:
    """A stream that drops its text once it cannot be written to, and keeps the reason."""

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
            os.dup2(nowhere, self._stream.fileno())  # buffered text is still flushed at the end
            os.close(nowhere)
            return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def run(command: Callable[[], int]) -> int:
    """Run a command, whatever its standard streams are, and return its exit status.

    A closed pipe is no error: its reader has seen enough. Any other failure to write, such as a full disk, makes the
    status 1, and is reported on standard error.
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
    """Write the original bytes of a file name that cannot be encoded in the stream's encoding."""
    if not (isinstance(stream, TextIOWrapper) and stream.errors == "strict"):
        yield
        return
    stream.reconfigure(errors="surrogateescape")
    try:
        yield
    finally:
        with suppress(OSError, ValueError):  # closed or full, which is reported elsewhere
            stream.reconfigure(errors="strict")


def _open_closed() -> None:
    """Open closed standard streams on the null device: else the next opened files would get their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def _is_file(stream: TextIO) -> bool:
    """Tell whether a stream belongs to the operating system, and not to a test or a notebook."""
    try:
        return stream.fileno() >= 0
    except (OSError, AttributeError, ValueError):
        return False
