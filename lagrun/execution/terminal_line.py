"""A line on a terminal that is overwritten again and again; it leaves the terminal usable, however the command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

#: Columns of a terminal that does not report its width.
USUAL_WIDTH = 80


def width() -> int:
    """Number of columns of the terminal at standard error."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or USUAL_WIDTH
    except (OSError, ValueError, AttributeError):
        return USUAL_WIDTH


def fitting(parts: Sequence[str], n_columns: int) -> str:
    """Join parts by commas. If they do not fit, drop those between first and last, from the back, then the last."""
    kept = list(parts)
    while len(text := ", ".join(kept)) > n_columns and len(kept) > 1:
        del kept[-2 if len(kept) > 2 else -1]
    return text[:n_columns]


class TerminalLine:
    """The line, on standard error. The terminal only needs to support a return to the start of the line."""

    def __init__(self) -> None:
        self._written = 0

    def show(self, parts: Sequence[str]) -> None:
        """Overwrite the line with these parts, see `fitting`."""
        text = fitting(parts, width() - 1)  # in the last column, some terminals would go on to the next line
        self._write(f"\r{text:{min(self._written, width() - 1)}}\r{text}")
        self._written = len(text)

    def clear(self) -> None:
        """Erase the line."""
        if self._written:
            self._write(f"\r{'':{min(self._written, width() - 1)}}\r")
            self._written = 0

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
