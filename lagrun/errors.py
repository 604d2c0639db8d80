"""Hydra's and OmegaConf's errors as one line that names key, value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import one_line
from lagrun.cli import override_key, typed_overrides
from lagrun.paths import CONF, SWEEPS
from lagrun.variants import GROUPS

#: How Hydra refuses ``model=3``: a plain ValueError that names neither key nor value.
NOT_AN_OPTION = "Config group override must be a string or a list"


def explain(error: Exception, arguments: Sequence[str]) -> str:
    """Say in one line what is wrong.

    Parameters
    ----------
    error : Exception
        A `HydraException` or `OmegaConfBaseException`.
    arguments : sequence of str
        The command line as typed.

    Returns
    -------
    str
    """
    text = str(error) or str(error.__cause__)
    if isinstance(error, MissingConfigException):
        return _missing_file(text, arguments)
    overrides = typed_overrides(arguments)
    if match := re.match(r"(?:Ambiguous value for argument|Sweep parameters) '([^=']+)=", text):
        given = _given(match[1], overrides)
        return f"{given}: a list of values needs -m, as in: python -m lagrun -m {given}"
    if match := re.match(r"Could not override '([^']+)'", text):
        given = _given(match[1], overrides)
        if (CONF / match[1].replace(".", "/")).is_dir():
            return f"{given}: is added to the usual configuration; write +{given}"
        return f"{given}: unknown key; {_siblings(match[1], overrides)}"
    if match := re.match(r"Could not append to config. An item is already at '([^']+)'", text):
        return f"{_given(match[1], overrides)}: the key exists; write it without +"
    if isinstance(error, OverrideParseException):
        why = one_line(text.split("See https:")[0]).removeprefix(f"Error parsing override '{one_line(error.override)}'")
        return f"{error.override}: must be key=value, such as task.p=100; quote what is special: {why.strip()}"
    if match := re.match(r"Error merging override (.+)", text, re.S):
        cause = error.__context__ if error.__context__ is not None else error
        return " ".join(f"{match[1]}: {cause}".split())
    culprit = _culprit(overrides)
    if culprit and ("/" in override_key(culprit) or override_key(culprit) in ("hydra", *GROUPS)):
        added = culprit.startswith("+") and not text.startswith(NOT_AN_OPTION)
        text = (
            "the group has an option; write it without +" if added else "must be the name of an option, as model=lstm"
        )
    return one_line(text if culprit is None or culprit in text else f"{culprit}: {text}")


def _culprit(overrides: Sequence[str]) -> str | None:
    """The override that cannot be read, or else the first with which Hydra cannot compose the usual configuration."""
    parser, kept = OverridesParser.create(), list[str]()
    for text in overrides:
        try:
            if parser.parse_override(text).is_sweep_override() and not text.startswith("~"):
                continue
        except Exception:  # whatever Hydra raises, that is the one
            return text
        try:
            with initialize_config_dir(str(CONF), version_base="1.3"):
                compose("config", [*kept, text], return_hydra_config=True)
        except Exception:
            return text
        kept.append(text)
    return None


def _given(key: str, overrides: Sequence[str]) -> str:
    """The override of `key` as it was typed."""
    return next((text for text in overrides if override_key(text) == key), key)


def _siblings(key: str, overrides: Sequence[str]) -> str:
    """Tell which names stand where `key` was looked for."""
    rest = [text for text in overrides if override_key(text) != key and "=" in text and "," not in text]
    parent = key.rpartition(".")[0]
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            config = compose("config", rest, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, ValueError):
        return f"allowed: the keys of {parent or 'conf/config.yaml'}"
    node = OmegaConf.select(config, parent) if parent else config
    if isinstance(node, DictConfig):
        names = [str(name) for name in node if name not in ("hydra", "_target_")]
        if key.rpartition(".")[2] in names:
            return "it is none of the configuration that was asked for"
        meant = get_close_matches(key, _keys(config), n=1, cutoff=0.8) or [
            name for name in _keys(config) if name.endswith(f".{key}")
        ]
        return (f"did you mean {meant[0]}? " if meant else "") + f"allowed: {', '.join(names) or 'none'}"
    return f"{parent} has no keys" if parent in config else _siblings(parent, rest)


def _keys(config: DictConfig) -> list[str]:
    """All keys but Hydra's."""
    found, waiting = [], [(str(name), config._get_node(name)) for name in config if name != "hydra"]
    for key, node in waiting:
        found.append(key)
        if isinstance(node, DictConfig):
            waiting.extend((f"{key}.{name!s}", node._get_node(name)) for name in node)
    return found


def _missing_file(text: str, arguments: Sequence[str]) -> str:
    """Tell which file there is none of, and what there is instead."""
    where = [i for i, argument in enumerate(arguments[:-1]) if argument in ("-cp", "--config-path")]
    if where and "rimary config" in text:
        return f"-cp {arguments[where[0] + 1]}: no such folder, or no such file in it"
    if match := re.search(r"Cannot find primary config '([^']*)'", text):
        return (
            f"-cn {match[1]}: no such sweep; allowed: {', '.join(sorted(path.stem for path in SWEEPS.glob('*.yaml')))}"
        )
    if match := re.search(r"Could not (?:find|load) '(.+)/([^/']*)'", text):
        options = re.search(r"Available options in '[^']*':\s*(.*?)(?:Config search path|$)", text, re.S)
        names = ", ".join(options[1].split()) if options else f"none, there is no group {match[1]}"
        return f"{match[1]}={match[2]}: unknown option; allowed: {names}"
    return " ".join(text.split())
