"""Hydra's and OmegaConf's errors as one line that names key, value and what is allowed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import ambiguous_number, one_line
from lagrun.cli.arguments import RESUME, parse, typed_overrides
from lagrun.cli.sweep_files import searched
from lagrun.config.hints import asked, meant_option, siblings
from lagrun.config.overrides import override_key, quoted
from lagrun.config.paths import CONF, SWEEPS, is_there
from lagrun.config.variants import GROUPS

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
    overrides = [text for text in typed_overrides(arguments) if not text.startswith(RESUME)]
    if match := re.match(r"(?:Ambiguous value for argument|Sweep parameters) '([^=']+)=", text):
        given = _given(match[1].lstrip("+"), overrides)
        if len(overrides) < len(typed_overrides(arguments)):
            return f"{given}: the folder holds a single run; begin a sweep with -m, and without {RESUME}"
        return f"{given}: a list of values needs -m, as in: python -m lagrun {shlex.join([*arguments, '-m'])}"
    if match := re.match(r"Could not override '([^']+)'", text):
        given = _given(match[1], overrides)
        if (CONF / match[1].replace(".", "/")).is_dir():
            return f"{given}: is added to the usual configuration; write +{given}"
        return f"{given}: unknown key; {_siblings(match[1], overrides, arguments)}"
    if text.startswith("Sweeping over Hydra's configuration"):
        return _one_value(overrides)
    if match := re.match(r"Could not append to config. An item is already at '([^']+)'", text):
        return f"{_given(match[1], overrides)}: the key exists; write it without +"
    if isinstance(error, OverrideParseException):
        if why := _ambiguous(error.override) or _bare_name(error.override):
            return f"{error.override}: {why}"
        why = one_line(text.split("See https:")[0]).removeprefix(f"Error parsing override '{one_line(error.override)}'")
        return f"{error.override}: must be key=value, such as task.p=100; quote what is special: {why.strip()}"
    if match := re.match(r"Error merging override (.+)", text, re.S):
        cause = error.__context__ if error.__context__ is not None else error
        return " ".join(f"{match[1]}: {cause}".split())
    culprit = _culprit(overrides, arguments)
    if culprit and ("/" in override_key(culprit) or override_key(culprit) in ("hydra", *GROUPS)):
        added = culprit.startswith("+") and not text.startswith(NOT_AN_OPTION)
        text = (
            "the group has an option; write it without +" if added else "must be the name of an option, as model=lstm"
        )
    return one_line(text if culprit is None or culprit in text else f"{culprit}: {text}")


def _composed(overrides: Sequence[str], arguments: Sequence[str]) -> DictConfig:
    """Compose the configuration that was asked for, with these overrides."""
    flags = parse(arguments)
    folders = ",".join(quoted(f"file://{folder.absolute()}") for folder in searched(flags) if folder.is_dir())
    with initialize_config_dir(str(CONF), version_base="1.3"):
        name = flags.config_name or "config"
        return compose(name, [f"hydra.searchpath=[{folders}]", *overrides], return_hydra_config=True)


def _composes(arguments: Sequence[str]) -> bool:
    """Tell whether Hydra can compose the requested file without overrides."""
    try:
        _composed([], arguments)
    except Exception:
        return False
    return True


def _culprit(overrides: Sequence[str], arguments: Sequence[str]) -> str | None:
    """The first override that cannot be read, or with which Hydra cannot compose the configuration."""
    parser, kept = OverridesParser.create(), list[str]()
    for text in overrides:
        try:
            if parser.parse_override(text).is_sweep_override() and not text.startswith("~"):
                continue
        except Exception:  # whichever error it is, this override cannot be read
            return text
        try:
            _composed([*kept, text], arguments)
        except Exception:
            return text if kept or _composes(arguments) else None
        kept.append(text)
    return None


def _ambiguous(override: str) -> str | None:
    """Say which number of a list or a range of an override is refused, and why."""
    numbers = re.split(r"[\s,()\[\]]", override.partition("=")[2])
    return next((f"{number}: {why}" for number in numbers if (why := ambiguous_number(number))), None)


def _one_value(overrides: Sequence[str]) -> str:
    """Say that a key of Hydra's own takes one value, and how to write a list as one."""
    parse = OverridesParser.create().parse_override
    given = next(text for text in overrides if text.startswith("hydra.") and parse(text).is_sweep_override())
    key, _, value = given.partition("=")
    hint = "" if "(" in value else f"; a list is written in brackets: '{key}=[{value}]'"
    return f"{given}: takes one value{hint}"


def _bare_name(override: str) -> str | None:
    """Say how to write the name of a sweep or a preset that was typed without a key."""
    if is_there(SWEEPS / f"{override}.yaml"):
        return f"a sweep is named by -cn {override}"
    return f"write +experiment={override}" if is_there(CONF / "experiment" / f"{override}.yaml") else None


def _given(key: str, overrides: Sequence[str]) -> str:
    """The override of `key` as it was typed."""
    return next((text for text in overrides if override_key(text) == key), key)


def _siblings(key: str, overrides: Sequence[str], arguments: Sequence[str]) -> str:
    """Tell which keys there are at the level of `key`."""
    rest = [text for text in overrides if override_key(text) != key and "=" in text and "," not in text]
    try:
        config = _composed(rest, arguments)
    except (HydraException, OmegaConfBaseException, ValueError):
        return f"allowed: the keys of {key.rpartition('.')[0] or 'conf/config.yaml'}"
    return siblings(key, [config])


def _missing_file(text: str, arguments: Sequence[str]) -> str:
    """Tell which file is missing, and which ones are allowed."""
    flags = parse(arguments)
    if flags.config_path is not None and "rimary config" in text:
        return f"-cp {flags.config_path}: no such folder, or no such file in it"
    if match := re.search(r"Cannot find primary config '([^']*)'", text):
        path = Path(match[1]).with_suffix(".yaml") if Path(match[1]).name else Path()
        if is_there(path):
            return f"-cn {match[1]}: is no name of a sweep; write -cd {path.parent} -cn {path.stem}"
        names = sorted({path.stem for folder in searched(flags)[1:] for path in folder.glob("*.yaml")})
        return f"-cn {match[1]}: no such sweep; {asked(meant_option('', match[1], names))}allowed: {', '.join(names)}"
    if match := re.search(r"Could not (?:find|load) '(.+)/([^/']*)'", text):
        options = re.search(r"Available options in '[^']*':\s*(.*?)(?:Config search path|$)", text, re.S)
        names = options[1].split() if options else []
        allowed = ", ".join(names) or f"none, there is no group {match[1]}"
        hint = asked(meant_option(match[1], match[2], names))
        return f"{match[1]}={match[2]}: unknown option; {hint}allowed: {allowed}"
    return " ".join(text.split())
