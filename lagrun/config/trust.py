"""Which code a configuration may name: lagrun's own, and that of packages listed in its key ``trusted_modules``.

`lagrun.cli.hydra_guard` makes Hydra respect this. By itself, Hydra imports and calls what a configuration names below
``hydra`` before lagrun can check it: callbacks, parts of launchers and sweepers, log handlers, packages to search for
files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lagrun.checks import ConfigError, show

KEY = "trusted_modules"


def trusted_modules(value: Any) -> tuple[str, ...]:
    """Check the key ``trusted_modules``.

    Parameters
    ----------
    value : list of str
        Names of packages, or of parts of them, such as ``mypkg`` or ``mypkg.models``.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if not (isinstance(value, list) and all(isinstance(name, str) and _is_dotted(name) for name in value)):
        raise ConfigError(f"{KEY}={show(value)}: must be a list of names of packages, such as [mypkg]")
    return tuple(value)


def check_target(key: str, target: Any, trusted: Sequence[str], own: Sequence[str] = ("lagrun",)) -> None:
    """Refuse code that is not lagrun's and not trusted; nothing is imported.

    Parameters
    ----------
    key : str
        Where it is named, for the message.
    target : object
        The name, such as ``mypkg.models.Mine``.
    trusted : sequence of str
        Packages; ``mypkg`` stands for all that is inside it, and never for ``mypkg2``.
    own : sequence of str
        Packages that are always allowed, in the same form.

    Raises
    ------
    ConfigError
        If it is no dotted name, or not inside any of these packages.
    """
    if not (isinstance(target, str) and _is_dotted(target) and "." in target):
        raise ConfigError(f"{key}={show(target)}: must be the full name of a class, such as mypkg.Mine")
    if not any(f"{target}.".startswith(f"{name}.") for name in (*own, *trusted)):
        allowed = ",".join((*trusted, target.split(".")[0]))
        raise ConfigError(
            f"{key}={target}: is not lagrun's, and would be run; if you trust it, add '{KEY}=[{allowed}]'"
        )


def _is_dotted(name: str) -> bool:
    return re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name) is not None
