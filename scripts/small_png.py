"""Pictures in few colours, for the repository to keep many: a third of the size, and no line changes its colour."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from lagrun.figures.drawing import COLOURS, GREY

#: Colours that a palette holds.
MOST = 256

#: Colours of lines.
OF_LINES = np.array([tuple(bytes.fromhex(colour[1:])) for colour in (*COLOURS, GREY)])


#: Places of a palette for colours that are rare and unlike all others.
RARE = 64


def small(png: bytes) -> bytes:
    """The same picture with a palette of its own colours.

    The colours of lines stay as they are. So do the most frequent others, and those that are most unlike these. The
    rest are edges of letters and lines, and become the nearest of these.
    """
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int32)
    # Pillow's own `quantize` takes some colours that its palette has for others
    packed = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    found, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    palette, nearest = _palette(colours, counts)
    picture = Image.fromarray(nearest[places].reshape(packed.shape), "P")
    picture.putpalette(palette.astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _palette(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose among C different colours, each so frequent; also the nearest chosen one of each, shape (C,)."""
    is_line = (colours[:, None] == OF_LINES).all(-1).any(-1)
    chosen = list(np.lexsort([-counts, ~is_line])[: MOST - RARE])
    distances = ((colours[:, None] - colours[chosen]) ** 2).sum(-1)
    while len(chosen) < MOST and distances.min(-1).any():
        chosen.append(distances.min(-1).argmax())
        distances = np.column_stack([distances, ((colours - colours[chosen[-1]]) ** 2).sum(-1)])
    return colours[chosen], distances.argmin(-1).astype(np.uint8)
