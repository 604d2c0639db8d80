#!/usr/bin/env bash
# Pillow's quantize(palette=...) turns a colour that is in the palette into another colour of the palette.
#
# Pillow 13.0.0, numpy 2.4.6. A picture of 256 random colours, a pixel each, is quantised to a palette of just these
# colours, without dithering: each has itself at distance 0.
#   Seen: one of the 256 comes back as another colour, 5 away in a channel.
# A picture whose colours must stay has to look up the nearest one itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0 numpy==2.4.6
"$folder/venv/bin/python" - << 'PYTHON'
import numpy as np
from PIL import Image

colours = np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8)
assert len(np.unique(colours, axis=0)) == 256
palette = Image.new("P", (1, 1))
palette.putpalette(colours.tobytes())
picture = Image.fromarray(colours[None])
found = np.asarray(picture.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB"))[0]
wrong = np.flatnonzero((found != colours).any(axis=1))
for i in wrong:
    print(colours[i].tolist(), "in the palette, comes back as", found[i].tolist())
assert len(wrong) == 1
assert np.abs(found.astype(int) - colours).max() == 5
PYTHON
