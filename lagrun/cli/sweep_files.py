"""Which configuration files are sweeps: those that hold cells, or values for all cells, in whichever folder."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from lagrun.checks import ConfigError
from lagrun.config.paths import CONF, SWEEPS, is_there

#: What makes a file a sweep, below ``hydra.sweeper``.
CELLS = ("cells", "params")


def is_sweep_file(flags: Namespace) -> bool:
    """Tell whether the file that ``-cn`` names is a sweep.

    Parameters
    ----------
    flags : Namespace
        Hydra's flags, parsed.

    Raises
    ------
    ConfigError
        If it holds cells, but is not based on any configuration.
    """
    name, folders = flags.config_name, searched(flags)
    if name is None or (path := _found(name, folders)) is None:
        return False
    if path.parent == SWEEPS:
        return True
    content = _content(path)
    if _holds_cells(content) and "defaults" not in content:
        raise ConfigError(f"-cn {name}: {path} must begin with the line: defaults: [config, _self_]")
    return _any_holds_cells(name, folders, set())


def searched(flags: Namespace) -> list[Path]:
    """Folders in which Hydra looks for the file, in its order."""
    first = CONF if flags.config_path is None else Path(flags.config_path)
    return [first, SWEEPS, *([Path(flags.config_dir)] if flags.config_dir else [])]


def _found(name: str, folders: Sequence[Path]) -> Path | None:
    file = name if name.endswith(".yaml") else f"{name}.yaml"
    return next((folder / file for folder in folders if is_there(folder / file)), None)


def _any_holds_cells(name: str, folders: Sequence[Path], met: set[Path]) -> bool:
    """Tell whether a file holds cells, or one of the whole configurations in its defaults list does."""
    path = _found(name, folders)
    if path is None or path in met:
        return False
    met.add(path)
    content = _content(path)
    defaults = content.get("defaults")
    based_on = [entry.lstrip("/") for entry in defaults if isinstance(entry, str)] if isinstance(defaults, list) else []
    return _holds_cells(content) or any(_any_holds_cells(each, folders, met) for each in based_on)


def _holds_cells(content: Mapping[str, Any]) -> bool:
    sweeper: Any = content
    for key in ("hydra", "sweeper"):
        sweeper = sweeper.get(key) if isinstance(sweeper, Mapping) else None
    return isinstance(sweeper, Mapping) and any(sweeper.get(key) for key in CELLS)


def _content(path: Path) -> dict[str, Any]:
    """The file as plain values; empty if it is no mapping or cannot be read: Hydra has the better message for that."""
    try:
        content = OmegaConf.to_container(OmegaConf.load(path))
    except Exception:  # of the YAML reader, of OmegaConf, of the file system
        return {}
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}
