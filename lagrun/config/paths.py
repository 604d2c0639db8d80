"""Where the configuration files are: in the package if installed from a wheel, else beside it in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _find(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


CONF = _find("conf")
SWEEPS = _find("sweeps")
PLUGINS = _PACKAGE / "_plugins"


def is_there(path: Path) -> bool:
    """Tell whether a path that was typed is a file; False if no file could be called so."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, for one
        return False
