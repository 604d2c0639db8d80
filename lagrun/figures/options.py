"""The options of commands that write figures: kinds of files, style, captions."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lagrun.checks import ConfigError, one_line
from lagrun.figures.drawing import Drawing
from lagrun.figures.look import Look, using
from lagrun.figures.rendered import DEFAULT_KINDS, KINDS, PNG
from lagrun.figures.styles import ENDING, STYLES, style


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a command take ``--format``, ``--style`` and ``--no-caption``."""
    parser.add_argument(
        "--format",
        nargs="+",
        default=list(DEFAULT_KINDS),
        choices=KINDS,
        metavar="KIND",
        help=f"some of: {', '.join(KINDS)} (default: {' '.join(DEFAULT_KINDS)})",
    )
    parser.add_argument("--style", help=f"{', '.join(STYLES)}, or a file *{ENDING} of matplotlib's settings")
    parser.add_argument("--no-caption", action="store_true", help="no caption below the figure; captions.md has it")


def look_of(arguments: argparse.Namespace) -> Look:
    """The look that is asked for; ConfigError if there is no such style."""
    look = style(arguments.style) if arguments.style else Look()
    return replace(look, captions=not arguments.no_caption)


@contextmanager
def drawing_as_asked(arguments: argparse.Namespace) -> Iterator[None]:
    """Draw in the requested look; ConfigError if there is no such style, or matplotlib cannot draw in it."""
    with using(look_of(arguments)):
        try:
            yield
        except RuntimeError as error:
            if str(arguments.style).endswith(ENDING):
                raise ConfigError(
                    f"--style {arguments.style}: nothing can be drawn so: {one_line(str(error))}"
                ) from None
            raise


def shown_as(drawings: Sequence[Drawing], kinds: Sequence[str]) -> list[Drawing]:
    """Let a page show a file of a kind that is written: PNG if it is among them, else the first kind."""
    return [replace(drawing, kind=PNG if PNG in kinds else kinds[0]) for drawing in drawings]
