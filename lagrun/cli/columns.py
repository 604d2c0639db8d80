"""Lists on the console whose texts are broken between words, and never cut.

They do without pandas, which `lagrun.analysis.printing` needs: its import takes longer than making a list.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

#: A width in characters that is larger than that of any line.
WIDE = 10_000

#: Fewest characters that are left to a text beside its name.
LEAST = 30

#: Between two columns.
GAP = 2


def width() -> int:
    """Characters of a line: those of the terminal, or enough for any text in a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE


def described(pairs: Iterable[tuple[str, str]], width: int, indent: int = 2) -> Iterator[str]:
    """Yield lines of names with texts beside them, or below them where there is no room.

    Parameters
    ----------
    pairs : iterable of tuple
        Names and texts.
    width : int
        Characters of a line; only a word that is longer by itself makes a longer one.
    indent : int
        Characters before each name.
    """
    pairs = list(pairs)
    start = indent + max((len(name) for name, _ in pairs), default=0) + GAP
    beside = width - start >= LEAST
    for name, text in pairs:
        first = f"{'':{indent}}{name}"
        margin = " " * (start if beside else indent + GAP)
        lines = wrapped(text, width, margin)
        if beside and lines:
            yield first.ljust(start) + lines.pop(0).lstrip()
        else:
            yield first
        yield from lines


def wrapped(text: str, width: int, margin: str = "") -> list[str]:
    """Break a text between words into lines that begin with a margin."""
    return textwrap.wrap(
        text, width, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows of equal length in columns; the last column is not padded."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [(" " * GAP).join(f"{text:{n}}" for text, n in zip(row, widths, strict=True)).rstrip() for row in rows]


def amount(n_bytes: int) -> str:
    """Write a number of bytes, such as ``12 kB`` or ``3.4 MB``."""
    value = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if value >= 9.95 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
