"""Independent programs, asked for the numbers that lagrun prints: R's survival, lifelines, COCO's cocopp.

Each module asks one program; `scripts.oracles.__main__` prints what came of it. The cells are those of docs/results/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isclose, isnan
from typing import Any

#: How to get the programs that are no Python packages, and those that are.
R_HINT = "apt-get install r-base-core r-cran-survival"
HINT = "pip install 'lagrun[oracles]'"


@dataclass
class Agreement:
    """One number of ours beside that of one program, over many cells or pairs of cells.

    Attributes
    ----------
    what : str
        The number.
    program : str
        Who else computes it, with its version.
    n_same : int
        Cells where both say the same, to rounding.
    n_expected : int
        Cells where they differ as docs/statistics.md says.
    why : str
        Why they do.
    unexpected : list of str
        All others: the cell, ours, theirs.
    """

    what: str
    program: str
    n_same: int = 0
    n_expected: int = 0
    why: str = ""
    unexpected: list[str] = field(default_factory=list)

    def add(self, cell: str, ours: Any, theirs: Any, is_same: bool, is_expected: bool = False) -> None:
        """Count one cell."""
        if is_same:
            self.n_same += 1
        elif is_expected:
            self.n_expected += 1
        else:
            self.unexpected.append(f"{cell}: {ours!r}, {self.program} has {theirs!r}")


def is_near(ours: float, theirs: float, tolerance: float) -> bool:
    """Tell whether two numbers are equal to a tolerance, relative above 1; NaN is NaN, infinity only itself."""
    return (isnan(ours) and isnan(theirs)) or isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance)


def unexpected(agreements: Iterable[Agreement]) -> list[str]:
    """List every disagreement that nobody expects."""
    return [f"{each.what}: {text}" for each in agreements for text in each.unexpected]
