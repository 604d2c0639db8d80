"""Hydra's and OmegaConf's errors as one line that names key, value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lagrun.paths import CONF, SWEEPS

#: How Hydra refuses ``model=3``: a plain ValueError that names neither key nor value.
NOT_AN_OPTION = "Config group override must be a string or a list"


def explain(error: Exception, overrides: Sequence[str]) -> str:
    """Say in one line what is wrong.

    Parameters
    ----------
    error : Exception
        A `HydraException` or `OmegaConfBaseException`.
    overrides : sequence of str
        The command line as typed.

    Returns
    -------
    str
    """
    text = str(error) or str(error.__cause__)
    if match := re.match(r"(?:Ambiguous value for argument|Sweep parameters) '([^=']+)=", text):
        given = _given(match[1], overrides)
        return f"{given}: a list of values needs -m, as in: python -m lagrun -m {given}"
    if match := re.match(r"Could not override '([^']+)'", text):
        return f"{_given(match[1], overrides)}: unknown key; {_siblings(match[1], overrides)}"
    if match := re.match(r"Could not append to config. An item is already at '([^']+)'", text):
        return f"{_given(match[1], overrides)}: the key exists; write it without +"
    if isinstance(error, OverrideParseException):
        why = " ".join(text.split(" See https:")[0].splitlines()[-1:])
        return f"{error.override}: must be key=value, such as task.p=100 ({why})"
    if match := re.match(r"Error merging override (.+)", text, re.S):
        cause = error.__context__ if error.__context__ is not None else error
        return " ".join(f"{match[1]}: {cause}".split())
    if text.startswith(NOT_AN_OPTION):
        wrong = [text for text in overrides if (CONF / _key(text)).is_dir()]
        return f"{' '.join(wrong)}: must be the name of an option, such as model=lstm"
    if isinstance(error, MissingConfigException):
        return _missing_file(text)
    return " ".join(text.split())


def _key(override: str) -> str:
    return override.lstrip("+~").split("=")[0].split("@")[0]


def _given(key: str, overrides: Sequence[str]) -> str:
    """The override of `key` as it was typed."""
    return next((text for text in overrides if _key(text) == key), key)


def _siblings(key: str, overrides: Sequence[str]) -> str:
    """Tell which names stand where `key` was looked for."""
    rest = [text for text in overrides if _key(text) != key and "=" in text and "," not in text]
    parent = key.rpartition(".")[0]
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            config = compose("config", rest, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, ValueError):
        return f"allowed: the keys of {parent or 'conf/config.yaml'}"
    node = OmegaConf.select(config, parent) if parent else config
    if isinstance(node, DictConfig):
        names = [str(name) for name in node if name not in ("hydra", "_target_")]
        return f"allowed: {', '.join(names) or 'none'}"
    return f"{parent} has no keys" if parent in config else _siblings(parent, rest)


def _missing_file(text: str) -> str:
    """Tell which file there is none of, and what there is instead."""
    if match := re.search(r"Cannot find primary config '([^']*)'", text):
        return (
            f"-cn {match[1]}: no such sweep; allowed: {', '.join(sorted(path.stem for path in SWEEPS.glob('*.yaml')))}"
        )
    if match := re.search(r"Could not (?:find|load) '(.+)/([^/']+)'", text):
        options = re.search(r"Available options in '[^']*':\s*(.*?)(?:Config search path|$)", text, re.S)
        names = ", ".join(options[1].split()) if options else f"none, there is no group {match[1]}"
        return f"{match[1]}={match[2]}: unknown option; allowed: {names}"
    return " ".join(text.split())
