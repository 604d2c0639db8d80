"""The width of texts, and breaking texts into lines that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=10_000)
def width_of(text: str, size: float) -> float:
    """Width of a line of text in inches, in letters of `size` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size), False)
    return float(width) / 72


def fitted(text: str, inches: float, size: float) -> str:
    """Break a text into lines.

    Parameters
    ----------
    text : str
        Lines are broken at white space, except no-break spaces.
    inches : float
        How wide a line may be.
    size : float
        Of the letters, in points.

    Returns
    -------
    str
        A word that is too wide by itself is broken after ``=``, ``_`` or ``/``, and a part of it that is still too
        wide between any letters.
    """
    lines = [""]
    for space, piece in _pieces(text, inches, size):
        longer = f"{lines[-1]}{space}{piece}" if lines[-1] else piece
        if lines[-1] and width_of(longer, size) > inches:
            lines.append(piece)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _pieces(text: str, inches: float, size: float) -> Iterator[tuple[str, str]]:
    """Pieces that must not be broken, each with the space before it, which is dropped at the start of a line."""
    for word in re.findall(r"[^ \n\t]+", text):
        parts = [word] if width_of(word, size) <= inches else re.findall(r"[^=_/]*[=_/]+|[^=_/]+", word)
        small = [piece for part in parts for piece in ([part] if width_of(part, size) <= inches else part)]
        yield from zip([" ", *[""] * (len(small) - 1)], small, strict=True)
