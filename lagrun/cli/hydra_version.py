"""The versions of Hydra that lagrun works with; it relies on names that Hydra calls private."""

from __future__ import annotations

import re

#: The oldest version, and the first that is too new, as in pyproject.toml.
OLDEST, TOO_NEW = (1, 3, 2), (1, 4)


class UnsupportedHydraError(ImportError):
    """lagrun was not tested with this version of Hydra."""


def check_version(version: str) -> None:
    """Refuse versions of Hydra with which lagrun was not tested.

    Parameters
    ----------
    version : str
        Such as ``1.3.2``. Pre-releases, and whatever else is not three numbers, are refused.

    Raises
    ------
    UnsupportedHydraError
        In one line, with the command that installs another version.
    """
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if not (found and OLDEST <= tuple(map(int, found.groups())) < TOO_NEW):
        allowed = bounds()
        raise UnsupportedHydraError(
            f"hydra-core {version} is installed, lagrun works with {allowed}: pip install 'hydra-core{allowed}'"
        )


def bounds() -> str:
    """The versions as pip writes them."""
    return f">={'.'.join(map(str, OLDEST))},<{'.'.join(map(str, TOO_NEW))}"
