"""Overrides as text: finding the key, and quoting values so that Hydra takes them literally."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lagrun.config.init_from import INIT_FROM

#: How values start that are written in Hydra's syntax.
HYDRAS = ("'", '"', "{", "[", "choice(", "glob(", "range(")


def quoted(text: str) -> str:
    """Quote a value so that Hydra, and OmegaConf after it, take it literally, whatever it contains."""
    from hydra.core.override_parser.types import Quote, QuotedString  # imported here because it is slow

    without_interpolation = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    return QuotedString(without_interpolation, Quote.single).with_quotes()


def override_key(override: str) -> str:
    """The key that an override sets: ``task.p`` for ``+task.p=100``."""
    return override.lstrip("+~").split("=")[0].split("@")[0]


def quote_folders(override: str) -> str:
    """Quote the folders that an override of ``init_from`` names, because their names contain ``=`` and commas.

    Parameters
    ----------
    override : str
        Any override; others are returned as they are.

    Returns
    -------
    str
        The override. Commas separate values only if the whole is no folder and each part is a folder or null.
    """
    key, equals, value = override.partition("=")
    if override_key(key) != INIT_FROM or not equals or value in ("", "null") or "${" in value:
        return override
    if value.strip().startswith(HYDRAS):
        return override
    parts = value.split(",")
    if Path(value).exists() or not all(part == "null" or Path(part).exists() for part in parts):
        parts = [value]
    return f"{key}={','.join(part if part == 'null' else quoted(part) for part in parts)}"


def override_dirname(overrides: Iterable[str], settings: Mapping[str, Any]) -> str:
    """Make Hydra's name of a job, as in ``${hydra.job.override_dirname}``.

    Parameters
    ----------
    overrides : iterable of str
        Those of the job.
    settings : mapping
        ``hydra.job.config.override_dirname``: `kv_sep`, `item_sep` and `exclude_keys`.
    """
    keys = {text: override_key(text) for text in overrides}
    named = [text for text, key in keys.items() if not (re.match("hydra[./]", key) or key in settings["exclude_keys"])]
    return str(settings["item_sep"]).join(sorted(named)).replace("=", settings["kv_sep"])
