"""Other libraries' ways to train lagrun's forget-gate LSTM, one a file: what a user would write instead.

Each trains exactly what `lagrun.models.lstm` with the defaults of ``conf/`` does: same weights at the start, same
sequences, softmax cross-entropy at every step, clipping to a global norm, dense Adam, one sequence an update.
"""

from __future__ import annotations

from importlib.util import find_spec

#: Packages that peers need, and how to get them.
HINT = "pip install 'lagrun[bench]'"


def installed(package: str) -> bool:
    """Tell whether `package` can be imported."""
    return find_spec(package) is not None
