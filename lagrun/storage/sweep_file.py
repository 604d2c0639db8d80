"""The plan of a sweep, ``sweep.json``: read, checked, and set aside where it cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from lagrun.checks import ConfigError
from lagrun.config.stored_config import as_of_now
from lagrun.storage import files

#: Part of the name of a file or folder that was set aside.
SET_ASIDE = ".damaged-"


class DamagedPlanError(ConfigError):
    """The plan of a sweep cannot be read."""


def read_plan(folder: Path, read: Callable[[Path], bytes] = Path.read_bytes) -> list[dict[str, Any]] | None:
    """Read the cells of a sweep's plan; None if the folder holds no sweep.

    Parameters
    ----------
    folder : Path
        The sweep's.
    read : callable
        Reads a file.

    Raises
    ------
    DamagedPlanError
        If the plan cannot be read.
    ConfigError
        If it was written by another version.
    """
    path = folder / files.SWEEP
    try:
        plan = json.loads(read(path))
        version, cells = plan["schema_version"], [_checked(cell) for cell in plan["cells"]]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedPlanError(f"{path}: is damaged ({error!r})") from None
    if version != files.SCHEMA_VERSION:
        versions = f"schema version {version}, this is {files.SCHEMA_VERSION}"
        raise ConfigError(f"{folder}: made by another version of lagrun ({versions}); name a new folder")
    return cells


def _checked(cell: Any) -> dict[str, Any]:
    """Return a stored cell; KeyError, TypeError or ValueError if it is none."""
    runs = [
        {"seed": int(run["seed"]), "folder": str(Path(run["folder"]))}
        | ({"number": int(run["number"])} if "number" in run else {})
        for run in cell["runs"]
    ]
    return dict(cell) | {
        "overrides": list(map(str, cell["overrides"])),
        "config": as_of_now(cell["config"]),
        "runs": runs,
    }


def set_aside(path: Path) -> Path:
    """Rename a folder or a file, so that nothing of it is lost, and return its new path."""
    names = (path.with_name(f"{path.name}{SET_ASIDE}{number}") for number in count(1))
    free = next(name for name in names if not name.exists())
    path.rename(free)
    return free
