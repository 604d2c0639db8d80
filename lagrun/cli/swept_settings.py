"""Refuses settings of Hydra's own, in files such as experiments, that Hydra would ignore.

Hydra takes the settings of a whole sweep from the configuration that started it, and ignores those of a swept file. A
choice in the defaults list of such a file (``override /hydra/launcher: basic``) loses against the main configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from lagrun.checks import ConfigError, show
from lagrun.config.overrides import override_key
from lagrun.config.variants import GROUPS

#: Keys that may differ: a cell's for its own runs, those that Hydra fills in per job, and those that no sweep uses.
OF_A_CELL = (
    "hydra.sweep.subdir",
    "hydra.job.config",
    "hydra.job.override_dirname",
    "hydra.job.num",
    "hydra.job.id",
    "hydra.overrides",
    "hydra.runtime",
    "hydra.run",
    "hydra.help",
    "hydra.hydra_help",
)


def check_swept(master: DictConfig, cell: DictConfig) -> None:
    """Refuse a cell with settings below ``hydra`` that Hydra would ignore.

    Parameters
    ----------
    master : DictConfig
        The configuration with which the sweep was started.
    cell : DictConfig
        That of one of its jobs.

    Raises
    ------
    ConfigError
        With the first key that differs.
    """
    for key, value in _differing("hydra", _plain(master), _plain(cell)):
        where = " ".join(_plain(cell)["overrides"]["task"]) or "a cell"
        raise ConfigError(
            f"{key}={show(value)}: set by {where}, but holds for the whole sweep; "
            "set it on the command line, or at the top of the sweep's file"
        )


def check_choices(loader: ConfigLoader, config: DictConfig) -> None:
    """Refuse a file that chooses an option of Hydra's own groups if the choice has no effect.

    Parameters
    ----------
    loader : ConfigLoader
        Hydra's, with which the configuration was composed.
    config : DictConfig
        The composed configuration.

    Raises
    ------
    ConfigError
        With the first such group, and the file.
    """
    choices = config.hydra.runtime.choices
    typed = {override_key(text) for text in _plain(config)["overrides"]["hydra"]}  # may look like interpolations
    for group, option in choices.items():
        if option is None or group in GROUPS or group.startswith("hydra"):
            continue
        for name, value in _hydra_choices(loader, f"{group}/{option}"):
            if name not in typed and choices.get(name) != value:
                raise ConfigError(
                    f"{name}={show(value)}: set in {group}/{option}, but the main configuration sets it to "
                    f"{show(choices.get(name))}; type it on the command line"
                )


def _hydra_choices(loader: ConfigLoader, path: str) -> Iterator[tuple[str, Any]]:
    """Groups of Hydra's own that a file overrides in its defaults list, and the options."""
    repository = getattr(loader, "repository", None)
    found = repository.load_config(path) if repository else None
    for default in (found and found.defaults_list) or []:
        name = str(getattr(default, "group", "")).lstrip("/")
        if name.startswith("hydra/"):
            yield name, getattr(default, "value", None)


def _plain(config: DictConfig) -> Any:
    return OmegaConf.to_container(config.hydra, resolve=False)


def _differing(key: str, of_sweep: Any, of_cell: Any) -> Iterator[tuple[str, Any]]:
    """Keys whose values differ, with the cell's value; None if the cell has none."""
    if key in OF_A_CELL or of_sweep == of_cell:
        return
    if not (isinstance(of_sweep, dict) and isinstance(of_cell, dict)):
        yield key, of_cell
        return
    for name in {**of_sweep, **of_cell}:
        yield from _differing(f"{key}.{name}", of_sweep.get(name), of_cell.get(name))
