"""Print the lowest supported version of every dependency as a pin for pip, as `pyproject.toml` has it.

    python -m scripts.lower_bounds

Needs nothing but Python, so that an empty environment can be filled by it.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

#: Extras that a user installs. What only tests or measurements need is not pinned.
EXTRAS = ("fast", "report")


def pins(project: dict[str, Any]) -> list[str]:
    """Pin each dependency to its lower bound.

    Parameters
    ----------
    project
        The table ``project`` of `pyproject.toml`.

    Raises
    ------
    ValueError
        A dependency has no lower bound.
    """
    extras = project["optional-dependencies"]
    return [_pin(need) for need in [*project["dependencies"], *(need for extra in EXTRAS for need in extras[extra])]]


def _pin(need: str) -> str:
    bound = re.match(r"([\w-]+)>=([\w.]+)", need)
    if not bound:
        raise ValueError(f"pyproject.toml: {need!r} has no lower bound; allowed: NAME>=VERSION")
    return f"{bound[1]}=={bound[2]}"


def main() -> None:
    """Print a pin a line."""
    file = Path(__file__).parent.parent / "pyproject.toml"
    print(*pins(tomllib.loads(file.read_text(encoding="utf-8"))["project"]), sep="\n")


if __name__ == "__main__":
    main()
