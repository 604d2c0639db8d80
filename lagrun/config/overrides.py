"""Overrides as text: the key of one, and values that Hydra takes as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def quoted(text: str) -> str:
    """Write a value so that Hydra, and OmegaConf after it, take it as it is, whatever it contains."""
    from hydra.core.override_parser.types import Quote, QuotedString  # which takes a while

    without_interpolation = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    return QuotedString(without_interpolation, Quote.single).with_quotes()


def override_key(override: str) -> str:
    """The key that an override sets: ``task.p`` for ``+task.p=100``."""
    return override.lstrip("+~").split("=")[0].split("@")[0]


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
