#!/usr/bin/env bash
# matplotlib takes a style file with a wrong value, and leaves that setting out.
#
# matplotlib 3.11.2. Of a file with `font.size: huge`, and of one with a misspelt key, `rc_params_from_file`, `rc_file`
# and `style.use` raise nothing: they log a warning on the logger `matplotlib`, and have all other settings. The same
# value and the same key in a dictionary, for `rcParams` or `rc_context`, raise ValueError and KeyError. Who must know
# listens to the logger. Seen: {'lines.linewidth': 3.0} twice, and 2 warnings.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet matplotlib==3.11.2
cd "$folder"
venv/bin/python - << 'PYTHON'
import logging
from pathlib import Path

import matplotlib

said = []
handler = logging.Handler(logging.WARNING)
handler.emit = lambda record: said.append(record.getMessage())
logging.getLogger("matplotlib").addHandler(handler)

for wrong, words in {"font.size: huge": "Bad value in file", "font.sise: 12": "Bad key"}.items():
    Path("my.mplstyle").write_text(f"{wrong}\nlines.linewidth: 3\n")
    said.clear()
    found = dict(matplotlib.rc_params_from_file("my.mplstyle", use_default_template=False))
    print(found, said)
    assert found == {"lines.linewidth": 3.0}
    assert len(said) == 1
    assert words in said[0]
    matplotlib.rc_file("my.mplstyle")
    matplotlib.style.use("my.mplstyle")
    assert matplotlib.rcParams["lines.linewidth"] == 3.0

for key, value, error in (("font.size", "huge", ValueError), ("font.sise", 12, KeyError)):
    try:
        matplotlib.rcParams[key] = value
    except error:
        continue
    raise AssertionError(f"{key}={value} was taken")
PYTHON
