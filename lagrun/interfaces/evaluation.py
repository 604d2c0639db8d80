"""How often, and on how much, frozen weights are tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lagrun.checks import check


@dataclass(frozen=True)
class Evaluation:
    """How often, and on how much, frozen weights are tested.

    Parameters
    ----------
    n_sequences : int
        Held-out sequences of the test at the end of a run.
    curve_n_sequences : int
        Held-out sequences of each point of the learning curve.
    curve_points_per_decade : int
        Points of the learning curve, evenly spaced in the logarithm of the sequences seen.
    curve_every : int or None
        Sequences between points, instead of logarithmic spacing.
    """

    n_sequences: int
    curve_n_sequences: int
    curve_points_per_decade: int
    curve_every: int | None

    def __post_init__(self) -> None:
        for name in ("n_sequences", "curve_n_sequences"):
            check(name, getattr(self, name), getattr(self, name) >= 1, "an integer >= 1")
        per_decade = self.curve_points_per_decade
        check("curve_points_per_decade", per_decade, 1 <= per_decade <= 1000, "an integer from 1 to 1000")
        check(
            "curve_every",
            self.curve_every,
            self.curve_every is None or self.curve_every >= 1,
            "null or an integer >= 1",
        )

    def curve_points(self, budget: int) -> Sequence[int]:
        """Sequences (from 1) at which the learning curve has a point, in order."""
        if self.curve_every is not None:
            return range(self.curve_every, budget + 1, self.curve_every)
        n_points = int(np.log10(budget) * self.curve_points_per_decade) + 1
        return sorted({round(10 ** (k / self.curve_points_per_decade)) for k in range(n_points)})
