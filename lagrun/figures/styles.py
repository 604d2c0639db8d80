"""The styles that figures may have: lagrun's by their names, and a user's from a file of matplotlib's settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lagrun.checks import ConfigError, one_line
from lagrun.figures.look import CYCLE, DOTS, INK, LETTERS, LINES, PAPER, SIZE, Look

#: Okabe and Ito's colours, lighter, for lines on a dark ground.
ON_DARK = ("#5CB2EA", "#FF7F38", "#2FC596", "#EBA7CD", "#FFC233", "#A6DCFF")

STYLES: Mapping[str, Look] = {
    # For a page of two columns; journals ask for 300 dots per inch.
    "paper": Look({LETTERS: 8, LINES: 1.3, SIZE: (6.9, 9.0), DOTS: 300}, column=3.4),
    # The size of a slide of 16:9 in PowerPoint and LibreOffice.
    "slides": Look({LETTERS: 18, LINES: 4.0, SIZE: (13.333, 7.5)}, fill=True),
    "dark": Look({INK: "#E8EAED", PAPER: "#14171A", CYCLE: ON_DARK}),
}

#: How the name of a file of matplotlib's settings ends.
ENDING = ".mplstyle"


def style(name: str) -> Look:
    """Find a style by its name, or read one.

    Parameters
    ----------
    name : str
        Of `STYLES`, or the path of a file that ends in `ENDING`.

    Raises
    ------
    ConfigError
        If there is no such style, or matplotlib does not take what its file says.
    """
    if name in STYLES:
        return STYLES[name]
    if not name.endswith(ENDING):
        raise ConfigError(f"--style {name}: no such style; allowed: {', '.join(STYLES)}, or a file *{ENDING}")
    return Look(_read(Path(name)))


def _read(path: Path) -> dict[str, Any]:
    """The settings of a file; matplotlib itself would only log what is wrong with it."""
    import matplotlib

    complaints = _Complaints()
    logger = logging.getLogger("matplotlib")
    logger.addHandler(complaints)
    try:
        found = matplotlib.rc_params_from_file(path, use_default_template=False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"--style {path}: cannot be read ({reason})") from None
    finally:
        logger.removeHandler(complaints)
    if complaints.said:
        raise ConfigError(f"--style {path}: {one_line(complaints.said[0])}")
    settings: dict[str, Any] = {str(key): value for key, value in found.items()}
    if CYCLE in settings:
        settings[CYCLE] = tuple(settings[CYCLE].by_key().get("color", ()))
    return settings


class _Complaints(logging.Handler):
    """A handler that keeps the logged messages."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
