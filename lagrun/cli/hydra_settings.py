"""Checks of Hydra's own settings that Hydra does not check itself, or that decide where files are written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import ConfigError, one_line, show

#: Parts of a log's settings, each of which holds mappings.
LOG_PARTS = ("formatters", "filters", "handlers", "loggers")


def check_settings(config: DictConfig) -> None:
    """Refuse settings below ``hydra`` on which Hydra would fail.

    Raises
    ------
    ConfigError
        If one is wrong.
    """
    if not OmegaConf.is_dict(config.get("hydra")):
        raise ConfigError(f"hydra={show(config.get('hydra'))}: must be a group of keys")
    for key, (fine, allowed) in _CHECKS.items():
        value = selected(config, key, None)
        if not fine(value):
            raise ConfigError(f"{key}={show(value)}: must be {allowed}")
    for key in ("hydra.run.dir", "hydra.sweep.dir"):
        value = selected(config, key, None)
        if not (isinstance(value, str) and value.strip() and "\0" not in value):
            raise ConfigError(f"{key}={show(value)}: must be the name of a folder")


def check_log(key: str, node: Any) -> None:
    """Refuse a configuration that ``logging.config.dictConfig`` of Python would clearly not accept."""
    if node is None:
        return
    if not (isinstance(node, dict) and node.get("version") == 1 and "root" in node):
        raise ConfigError(f"{key}={show(node)}: must be a group of keys, with version 1 and root")
    for part in LOG_PARTS:
        found = node.get(part, {})
        for name, value in found.items() if isinstance(found, dict) else [("", found)]:
            if not isinstance(value, dict):
                raise ConfigError(f"{key}.{part}.{name}={show(value)}: must be a group of keys".replace(".=", "="))
    for name, handler in node.get("handlers", {}).items():
        if "stream" in handler and not str(handler["stream"]).startswith("ext://"):
            allowed = "ext://sys.stdout or ext://sys.stderr"
            raise ConfigError(f"{key}.handlers.{name}.stream={show(handler['stream'])}: must be {allowed}")
    for name, formatter in node.get("formatters", {}).items():
        _check_formatter(f"{key}.formatters.{name}", formatter)
    loggers = {f"loggers.{name}": logger for name, logger in node.get("loggers", {}).items()}
    for name, logger in (loggers | {"root": node["root"]}).items():
        _check_logger(f"{key}.{name}", logger, list(node.get("handlers", {})))


def _check_formatter(key: str, node: dict[str, Any]) -> None:
    """Try it: a format that fails would fail at every line of a log."""
    try:
        formatter = logging.Formatter(node.get("format"), node.get("datefmt"), node.get("style", "%"))
        formatter.format(logging.LogRecord("lagrun", logging.INFO, "", 0, "", None, None))
    except Exception as error:  # each style raises an error of its own
        raise ConfigError(f"{key}.format={show(node.get('format'))}: must be a format of logs ({error!r})") from None


def _check_logger(key: str, node: Any, handlers: Sequence[str]) -> None:
    if node is None and key.endswith(".root"):  # how Hydra says that it is to leave logs alone
        return
    if not isinstance(node, dict):
        raise ConfigError(f"{key}={show(node)}: must be a group of keys")
    named = node.get("handlers", [])
    if not (isinstance(named, list) and all(name in handlers for name in named)):
        raise ConfigError(f"{key}.handlers={show(named)}: must be a list of some of: {', '.join(map(show, handlers))}")
    level, levels = node.get("level", "INFO"), logging.getLevelNamesMapping()
    if isinstance(level, bool) or not (isinstance(level, int) or (isinstance(level, str) and level in levels)):
        raise ConfigError(f"{key}.level={show(level)}: must be one of {', '.join(levels)}")


def selected(config: DictConfig, key: str, default: Any) -> Any:
    """Resolved value of a key.

    Raises
    ------
    ConfigError
        If it cannot be resolved.
    """
    try:
        node = OmegaConf.select(config, key, default=default)
        return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or key}: {one_line(str(error))}") from None


def _is_plain_name(value: Any) -> bool:
    return isinstance(value, str) and value.strip(" .") != "" and not set("/\0") & set(value)


def _is_verbose(value: Any) -> bool:
    return isinstance(value, bool | str) or (isinstance(value, list) and all(isinstance(name, str) for name in value))


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "hydra.verbose": (_is_verbose, "true, false, or names of loggers"),
    "hydra.job.name": (_is_plain_name, "a name without /"),
    "hydra.output_subdir": (lambda value: value is None or _is_plain_name(value), "null, or a name without /"),
    "hydra.callbacks": (
        lambda value: value is None or (isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())),
        "a mapping from names to groups of keys",
    ),
    "hydra.job.env_copy": (lambda value: not value, "empty: lagrun copies no environment variables"),
}
