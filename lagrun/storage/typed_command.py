"""A stored command as a user would type it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from lagrun.checks import one_line
from lagrun.text import ranges


def typed(command: Sequence[str]) -> str:
    """The command that trains with these arguments, on one line, with consecutive seeds as a range."""
    shortened = [re.sub(r"(?<=^seed=)\d+(,\d+)+$", _shorter, part) for part in command]
    return one_line(shlex.join(["python", "-m", "lagrun", *shortened]))


def _shorter(seeds: re.Match[str]) -> str:
    return ranges(map(int, seeds[0].split(",")))
