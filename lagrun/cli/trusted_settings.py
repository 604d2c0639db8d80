"""Which code Hydra's own settings may name: some of lagrun's, Hydra's and Python's, and the trusted packages'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from lagrun.checks import ConfigError, show
from lagrun.cli.hydra_settings import check_log, selected
from lagrun.config.trust import KEY, check_target, trusted_modules

#: The only callbacks allowed beside trusted ones: others of Hydra or lagrun would give access to any code they import.
CALLBACKS = (
    "lagrun.cli.single_run.CheckBeforeRun",
    "hydra.experimental.callbacks.LogJobReturnCallback",
    "hydra.experimental.callbacks.PickleJobInfoCallback",
)


#: The only classes and objects allowed in a log's settings beside trusted ones, for the same reason.
LOGGING = (
    "logging.FileHandler",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.StreamHandler",
    "colorlog.ColoredFormatter",
    "sys.stdout",
    "sys.stderr",
)


def check_hydra(config: DictConfig) -> None:
    """Refuse a configuration whose node ``hydra`` names code that is not trusted.

    Raises
    ------
    ConfigError
        If it does, or if a part of the node is not of the type that Hydra relies on.
    """
    trusted = trusted_modules(selected(config, KEY, []))
    callbacks = selected(config, "hydra.callbacks", {})
    _check_nested("hydra.callbacks", callbacks, trusted, CALLBACKS)
    for group, kind in {"launcher": Launcher, "sweeper": Sweeper}.items():
        key = f"hydra.{group}"
        node = selected(config, key, None)
        plugins = [f"{found.__module__}.{found.__name__}" for found in Plugins.instance().discover(kind)]
        if not (isinstance(node, dict) and node.get("_target_") in plugins):
            target = node.get("_target_") if isinstance(node, dict) else node
            raise ConfigError(f"{key}._target_={show(target)}: must be one of {', '.join(sorted(plugins))}")
        _check_nested(key, {name: value for name, value in node.items() if name != "_target_"}, trusted, ())
    with _known_later(config):
        for group in ("job_logging", "hydra_logging"):
            node = selected(config, f"hydra.{group}", None)
            check_log(f"hydra.{group}", node)
            _check_logging(f"hydra.{group}", node, trusted)
    for where, _, value in _leaves("hydra.job.env_set", selected(config, "hydra.job.env_set", {})):
        raise ConfigError(f"{where}={show(value)}: lagrun sets no environment variables; set them before the command")


@contextmanager
def _known_later(config: DictConfig) -> Iterator[None]:
    """Fill in values that Hydra sets only when a job starts, as names of log files may contain them."""
    places = [(config.hydra.runtime, "output_dir", "/"), (config.hydra.job, "num", 0), (config.hydra.job, "id", "0")]
    missing = [place for place in places if OmegaConf.is_missing(place[0], place[1])]
    with read_write(config.hydra), open_dict(config.hydra):
        try:
            for node, name, value in missing:
                node[name] = value
            yield
        finally:
            for node, name, _ in missing:
                node[name] = "???"


def _check_nested(key: str, node: Any, trusted: Sequence[str], own: Sequence[str]) -> None:
    """Check every ``_target_`` at any depth: Hydra makes all of them."""
    for where, name, value in _leaves(key, node):
        if name == "_target_":
            check_target(where, value, trusted, own)


def _check_logging(key: str, node: Any, trusted: Sequence[str]) -> None:
    """Check what `logging.config.dictConfig` would import and call."""
    for where, name, value in _leaves(key, node):
        text = str(value)
        if text.startswith("cfg://"):
            raise ConfigError(f"{where}={show(value)}: must be written out")
        if text.startswith("ext://") or name in ("()", "class"):
            check_target(where, text.removeprefix("ext://"), trusted, LOGGING)


def _leaves(key: str, node: Any) -> Iterator[tuple[str, str, Any]]:
    """Key, last part of the key, and value of every leaf at any depth; also of a ``_target_`` that is no leaf."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        where = f"{key}[{name}]" if isinstance(node, list) else f"{key}.{name}"
        if not isinstance(value, dict | list) or name in ("_target_", "()", "class"):
            yield where, str(name), value
        yield from _leaves(where, value)
