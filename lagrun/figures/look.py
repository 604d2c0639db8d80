"""The current look of figures: their style, and whether captions stand below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

#: Settings of matplotlib that are applied to whole figures after drawing, see `lagrun.figures.restyled`.
LETTERS, LINES, SIZE, DOTS = "font.size", "lines.linewidth", "figure.figsize", "savefig.dpi"
INK, PAPER, CYCLE = "text.color", "figure.facecolor", "axes.prop_cycle"


@dataclass(frozen=True)
class Look:
    """How figures look.

    Attributes
    ----------
    settings : mapping
        Settings of matplotlib beside those that all figures have.
    captions : bool
        Whether captions stand below the figures, too; files of captions have them in any case.
    fill : bool
        Whether figures have exactly the size of the settings, rather than at most that size.
    column : float or None
        Width of a column of text in inches; a figure of one panel gets this width if all of it fits.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    captions: bool = True
    fill: bool = False
    column: float | None = None


_CURRENT: ContextVar[Look | None] = ContextVar("look", default=None)


def current() -> Look:
    """The current look."""
    return _CURRENT.get() or Look()


@contextmanager
def using(look: Look) -> Iterator[None]:
    """Make a look the current one, during the body."""
    token = _CURRENT.set(look)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def while_drawing(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a look that apply while a figure is drawn: neither sizes nor colours."""
    later = (LETTERS, LINES, SIZE, DOTS, CYCLE)
    return {
        key: value
        for key, value in settings.items()
        if key not in later and not key.endswith(("color", "size", ".dpi"))
    }
