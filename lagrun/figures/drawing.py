"""What all figures share: how they are written, and one style, clear to colour-blind readers and in grey print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lagrun.figures.fitting import fitted
from lagrun.figures.look import DOTS, current, while_drawing
from lagrun.figures.rendered import DEFAULT_KINDS, KINDS, PNG, rendered
from lagrun.figures.restyled import recolour, restyle
from lagrun.storage import files

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Okabe and Ito's colours ("Color Universal Design", 2008), except yellow, which is too light for lines on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Line styles and markers: one for each round through `COLOURS`.
LINES, MARKERS = ("-", "--", ":", "-."), ("o", "s", "^", "D", "v", "P", "X")
GREY = "#666666"

#: The file with the captions of a folder's pictures.
CAPTIONS = "captions.md"

#: Points of the letters of a caption.
CAPTION_SIZE = 8

#: Dots an inch of a PNG.
DPI = 150

#: Default size of letters and width of lines, in points.
LETTERS, LINE = 10, 1.8

STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 10,
    "axes.prop_cycle": "cycler('color', [" + ",".join(f"'{colour}'" for colour in COLOURS) + "])",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "font.size": LETTERS,
    "grid.alpha": 0.3,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": LINE,
    "pdf.fonttype": 42,  # letters stay letters; publishers refuse the other type
    "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
    "svg.hashsalt": "lagrun",  # the same figure has the same bytes
    "text.parse_math": False,  # a user's name may hold a $
}


@dataclass(frozen=True)
class Drawing:
    """A figure with its caption and alternative text.

    Attributes
    ----------
    name : str
        Of its files, without their ending.
    figure : matplotlib.figure.Figure
    caption : str
        What it shows, for a reader who has only the figure, below which it is written.
    alt : str
        A description for readers who cannot see it, in a sentence or two, with its numbers.
    kind : str
        Kind of the file that a page shows.
    """

    name: str
    figure: Figure
    caption: str
    alt: str
    kind: str = PNG

    @property
    def file(self) -> str:
        """The file of it that a page shows."""
        return f"{self.name}.{self.kind}"

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return content(self, PNG)


class Described(Protocol):
    """A picture in a file, with its caption and alternative text, as in `Drawing`."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def file(self) -> str:
        """Its file, within its folder."""

    @property
    def caption(self) -> str:
        """What it shows."""

    @property
    def alt(self) -> str:
        """The alternative text."""


def styled() -> AbstractContextManager[None]:
    """Context in which to make, draw and write figures: matplotlib reads its settings at all three."""
    import matplotlib

    settings: dict[Any, Any] = STYLE | while_drawing(current().settings)
    return matplotlib.rc_context(settings)


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, inches wide and high, within `styled`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def recoloured(figure: Figure) -> None:
    """Give a figure the colours of the current look; only once, and not before `contents`, which does the same."""
    recolour(figure, current(), COLOURS)


def add_caption(figure: Figure, caption: str) -> None:
    """Write a caption below a figure, wrapped to its width; if the look has no captions, take away the room for it."""
    if not current().captions:
        figure.set_figheight(figure.get_figheight() - caption_height(figure.get_figwidth(), caption))
        return
    lines = _in_lines(figure.get_figwidth(), caption)
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=CAPTION_SIZE, color="#333333")


def caption_height(width: float, caption: str) -> float:
    """Height in inches of a caption below a figure of this width in inches."""
    return (_in_lines(width, caption).count("\n") + 1) * CAPTION_SIZE * 1.2 / 72


def _in_lines(width: float, caption: str) -> str:
    return fitted(caption, 0.97 * width, CAPTION_SIZE)


def contents(drawing: Drawing, kinds: Sequence[str]) -> dict[str, bytes]:
    """The files of a figure in the current look, by kind; the same figure gives the same bytes."""
    look = current()
    with styled():
        zoom = restyle(drawing.figure, look, COLOURS, LETTERS, LINE)
        dots = look.settings.get(DOTS, DPI)
        return {kind: rendered(drawing.figure, kind, drawing.name, drawing.caption, dots, zoom) for kind in kinds}


def content(drawing: Drawing, kind: str) -> bytes:
    """The file of a figure, see `contents`."""
    return contents(drawing, [kind])[kind]


def save(drawings: Sequence[Drawing], folder: Path, kinds: Sequence[str] = DEFAULT_KINDS) -> list[Path]:
    """Write figures into a folder, which is made if need be; StorageError if that cannot be done."""
    written = []
    with files.storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for drawing in drawings:
            for kind, file in contents(drawing, kinds).items():
                path = folder / f"{drawing.name}.{kind}"
                files.write_atomically(path, file)
                written.append(path)
    return written


def save_captions(pictures: Sequence[Described], folder: Path) -> Path:
    """Write the captions and alternative texts of pictures, and keep those of others that lie in their folder.

    Parameters
    ----------
    pictures : sequence of Described
        They come first, in this order.
    folder : Path
        Of the pictures, where `CAPTIONS` is.

    Returns
    -------
    Path
        The file of the captions; there is none if there is no picture left.

    Raises
    ------
    StorageError
        If it cannot be read or written.
    """
    texts = {each.name: f"# {each.name}\n\n![{each.alt}]({each.file})\n\n{each.caption}" for each in pictures}
    path = folder / CAPTIONS
    with files.storage_errors(path):
        lying = {each.stem for each in folder.iterdir()}
        kept = {name: text for name, text in _captions(folder).items() if name in lying and name not in texts}
        if texts or kept:
            files.write_atomically(path, ("\n\n".join([*texts.values(), *kept.values()]) + "\n").encode())
        else:
            path.unlink(missing_ok=True)
    return path


def remove(names: Sequence[str], folder: Path) -> list[str]:
    """Remove the files of figures that were written into a folder before; StorageError if that cannot be done.

    Files without a caption in the folder are not lagrun's, and stay. Returns the names of the figures that were there.
    """
    with files.storage_errors(folder):
        old = _captions(folder)
        found = [name for name in names if name in old]
        for name in found:
            for kind in KINDS:
                (folder / f"{name}.{kind}").unlink(missing_ok=True)
    return found


def _captions(folder: Path) -> dict[str, str]:
    """The captions in a folder: name of the picture to its text; empty if there are none."""
    path = folder / CAPTIONS
    if not path.is_file():
        return {}
    parts = re.split(r"^# (.+)\n\n(?=!\[)", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE)[1:]
    return {name: f"# {name}\n\n{text.rstrip()}" for name, text in zip(parts[::2], parts[1::2], strict=True)}
