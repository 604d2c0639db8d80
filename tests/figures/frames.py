"""Frames of runs for the tests of figures, and what an axes shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

BUDGET = 1000


def frame_of(cells: list[tuple[dict[str, Any], list[Any]]]) -> pd.DataFrame:
    """A frame of runs: per cell its keys, and per run an outcome, or the sequences of a solved one."""
    rows = []
    for i, (keys, outcomes) in enumerate(cells):
        for seed, outcome in enumerate(outcomes):
            solved = None if isinstance(outcome, str) else outcome
            budget = keys.get("budget", BUDGET)
            seen = {"diverged": 30}.get(outcome, budget) if solved is None else solved
            rows.append(
                {
                    "folder": f"{i}/seed={seed}",
                    "seed": seed,
                    "outcome": "solved" if solved else outcome,
                    "sequences_to_solve": solved,
                    "sequences_seen": seen,
                    "model": "lstm",
                    "task": "noise_free",
                    "criterion": "rolling_accuracy",
                    "budget": BUDGET,
                    **keys,
                }
            )
    return pd.DataFrame(rows)


def line(axes: Any, label: str) -> np.ndarray:
    """The only line of a label, shape (2, points)."""
    (found,) = (each for each in axes.lines if each.get_label() == label)
    return np.array(found.get_data(), float)


def texts(axes: Any) -> list[str]:
    """Of axes, or of a legend."""
    return [text.get_text() for text in axes.texts]


def grid_runs(*more: tuple[dict[str, float], list[str]]) -> pd.DataFrame:
    return frame_of(
        [
            ({"task.p": 100, "optimiser.r": 0.1}, [10, 20]),
            ({"task.p": 100, "optimiser.r": 0.02}, [10, "budget"]),
            ({"task.p": 5, "optimiser.r": 0.1}, ["diverged", "budget", "failed"]),
            ({"task.p": 50, "optimiser.r": 0.1}, [3, 4, 5, "budget", "failed"]),
            *more,
        ]
    )
