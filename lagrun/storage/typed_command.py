"""A stored command as one would type it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from lagrun.checks import one_line


def typed(command: Sequence[str]) -> str:
    """The command that trains with these arguments, on one line, seeds in a row as a range."""
    shortened = [re.sub(r"(?<=^seed=)\d+(,\d+)+$", lambda found: ranges(found[0]), part) for part in command]
    return one_line(shlex.join(["python", "-m", "lagrun", *shortened]))


def ranges(numbers: str) -> str:
    """Write ``0,1,2,7`` as ``0-2,7``."""
    runs: list[list[int]] = []
    for number in map(int, numbers.split(",")):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
