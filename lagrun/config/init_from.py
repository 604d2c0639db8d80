"""The key ``init_from``: the stored weights that runs start from, as typed and as stored.

The user types a folder. The folder and the SHA-256 of its weights are stored. The SHA-256 is part of an experiment's
identity, the folder is not. `lagrun.storage.stored_weights` reads the weights.
"""

from __future__ import annotations

import re
from typing import Any

from lagrun.checks import ConfigError, show

INIT_FROM, FOLDER, SHA256 = "init_from", "folder", "sha256"


def stored_form(value: Any) -> dict[str, str | None] | None:
    """Read the value of ``init_from``.

    Parameters
    ----------
    value : object
        None, a folder, or the stored form.

    Returns
    -------
    dict or None
        Folder and SHA-256; the SHA-256 is None until the weights are read. None where runs start from drawn
        weights.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if value is None:
        return None
    found = dict(value) if isinstance(value, dict) else {FOLDER: value}
    found = {FOLDER: found.pop(FOLDER, None), SHA256: found.pop(SHA256, None), **found}
    is_folder, sha256 = isinstance(found[FOLDER], str) and bool(found[FOLDER].strip()), found[SHA256]
    is_hash = sha256 is None or (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256))
    if not (is_folder and is_hash and len(found) == 2):
        allowed = "null, or the folder of a finished run or of a cell's runs (in quotes if it is a number)"
        raise ConfigError(f"{INIT_FROM}={show(value)}: must be {allowed}")
    return found
