"""Pictures in few colours, for the repository to keep many: a third of the size, and no line changes its colour."""

from __future__ import annotations

import io

from PIL import Image

from lagrun.figures.drawing import COLOURS, GREY

#: Colours that a palette holds.
MOST = 256

#: Colours of lines.
OF_LINES = {tuple(bytes.fromhex(colour[1:])) for colour in (*COLOURS, GREY)}


def small(png: bytes) -> bytes:
    """The same picture with a palette of its own colours.

    The colours of lines that occur and the most frequent others stay as they are. The rest, which are those of edges
    of letters and lines, become the nearest of these.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    counts = {colour: count for count, colour in picture.getcolors(picture.width * picture.height)}
    ranked = sorted(counts, key=lambda colour: (colour not in OF_LINES, -counts[colour], colour))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in ranked[:MOST] for part in colour])
    buffer = io.BytesIO()
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
