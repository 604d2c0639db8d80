"""Which runs of a cell are its best, its median and its worst."""

from collections.abc import Sequence

import pandas as pd
import pytest

from lagrun.analysis.representative import representatives


def frame_of(*rows: tuple[int, str, int, float]) -> pd.DataFrame:
    columns = ["seed", "outcome", "sequences_seen", "final_last_step_accuracy"]
    return pd.DataFrame(rows, columns=columns).assign(folder=lambda runs: "f" + runs["seed"].astype(str))


SOLVED = [(5, "solved", 90, 1.0), (1, "solved", 40, 1.0), (2, "solved", 70, 1.0)]
UNSOLVED = [(6, "budget", 99, 0.4), (7, "budget", 99, 0.9), (8, "diverged", 8, 0.5)]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        (SOLVED, {"best": 1, "median": 2, "worst": 5}),
        (UNSOLVED, {"best": 7, "median": 6, "worst": 8}),
        ([*UNSOLVED, *SOLVED[:2]], {"best": 1, "median": 7, "worst": 8}),
        ([(0, "failed", 9, 0.0), (1, "unfinished", 9, 0.0)], {}),
        ([(4, "solved", 9, 1.0), (3, "solved", 9, 1.0)], {"best and median": 3, "worst": 4}),
        ([(3, "budget", 9, 1.0)], {"best and median and worst": 3}),
    ],
)
def test_best_median_and_worst(rows: Sequence[tuple[int, str, int, float]], chosen: dict[str, int]) -> None:
    found = representatives(frame_of(*rows))
    assert {run.why: run.seed for run in found} == chosen
    assert all(run.folder == f"f{run.seed}" for run in found)
