"""Boschloo's test, which lagrun uses, beside Fisher's: how often which p-value is the larger."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd
from scipy import stats

from lagrun.analysis.statistics import pairs

SIZES = ((10, 10), (18, 18), (20, 20), (30, 30), (10, 30), (18, 30), (18, 36))

LEVEL = 0.05

#: Relative difference below which two p-values are the same: Boschloo's is found by a search.
TOLERANCE = 1e-6


def p_values(n_a: int, n_b: int) -> list[tuple[float, float]]:
    """Both p-values, Boschloo's first, of every outcome k_a of N_a against k_b of N_b."""
    outcomes = product(range(n_a + 1), range(n_b + 1))
    return [
        (
            pairs.success_p(k_a, n_a, k_b, n_b),
            float(stats.fisher_exact([[k_a, k_b], [n_a - k_a, n_b - k_b]]).pvalue),
        )
        for k_a, k_b in outcomes
    ]


def table(sizes: Sequence[tuple[int, int]] = SIZES) -> pd.DataFrame:
    """Count outcomes, as text, a row a pair of sizes."""
    rows = []
    for n_a, n_b in sizes:
        both = p_values(n_a, n_b)
        rows.append(
            {
                "N": f"{n_a}, {n_b}",
                "outcomes": len(both),
                "Boschloo's p is smaller": sum(ours < (1 - TOLERANCE) * theirs for ours, theirs in both),
                "Fisher's p is smaller": sum(ours > (1 + TOLERANCE) * theirs for ours, theirs in both),
                "below 5% by Boschloo alone": sum(ours <= LEVEL < theirs for ours, theirs in both),
                "by Fisher alone": sum(theirs <= LEVEL < ours for ours, theirs in both),
            }
        )
    return pd.DataFrame(rows).astype(str)
