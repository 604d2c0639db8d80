"""Which runs stand for a cell: its best, its median and its worst."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from lagrun.interfaces.run_result import BUDGET, DIVERGED, SOLVED

#: Outcomes, the best first.
ORDER = (SOLVED, BUDGET, DIVERGED)


class Chosen(NamedTuple):
    """A run, and why it was chosen: some of ``best``, ``median`` and ``worst``."""

    why: str
    seed: int
    folder: str
    outcome: str
    sequences: int


def representatives(runs: pd.DataFrame) -> list[Chosen]:
    """Choose among the runs of a cell that have an outcome.

    The order is: solved runs by their sequences; then those that ended at their budget, by their last-step accuracy on
    held-out sequences (highest first); then diverged ones, the latest first. Ties go to the smaller seed. The median
    is the run in the middle; of an even number, the better one of the two.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of `lagrun.analysis.frame.frame`.

    Returns
    -------
    list of Chosen
        Up to three different runs, the best first; none where no run has an outcome.
    """
    ended = runs[runs["outcome"].isin(ORDER)]
    rank = ended["outcome"].map(ORDER.index)
    seen = ended["sequences_seen"].astype(float)
    accuracy = ended["final_last_step_accuracy"].astype(float)
    within = seen.where(rank == 0, -accuracy.where(rank == 1, seen))
    keys = pd.DataFrame({"rank": rank, "within": within, "seed": ended["seed"]})
    order = ended.loc[keys.sort_values(["rank", "within", "seed"]).index]
    places = {"best": 0, "median": (len(order) - 1) // 2, "worst": len(order) - 1} if len(order) else {}
    by_place: dict[int, list[str]] = {}
    for why, place in places.items():
        by_place.setdefault(place, []).append(why)
    return [
        Chosen(" and ".join(why), int(run["seed"]), str(run["folder"]), str(run["outcome"]), int(run["sequences_seen"]))
        for place, why in by_place.items()
        for run in [order.iloc[place]]
    ]
