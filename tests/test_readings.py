"""The ranking of readings by their distance from what is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.readings import rank, shown


def runs_of(name: str, keys: dict[str, object], times: list[float | None], published: tuple[int, int, float]):
    """Rows of a frame: one cell, whose unsolved runs have no time."""
    k, n, mean = published
    return [
        {
            "name": name,
            "outcome": "budget" if time is None else "solved",
            "sequences_to_solve": time,
            "sequences_seen": 10_000 if time is None else time,
            "cpu_seconds": 1.0,
            "budget": 10_000,
            "published_solved": k,
            "published_n": n,
            "published_mean_sequences": mean,
            **keys,
        }
        for time in times
    ]


def test_near_readings_come_first_and_departures_are_counted():
    published = (2, 2, 1000.0)
    gate, g = "model.input_gate_bias", "model.squash_cell_input"
    rows = [
        *runs_of("2a", {gate: 0.0, g: "logistic"}, [None, None], published),  # infinitely far
        *runs_of("2a", {gate: -3.0, g: "logistic"}, [2000.0, 2000.0], published),  # ln 2
        *runs_of("2a", {gate: -3.0, g: "logistic_2"}, [1000.0, None], published),  # half of the runs
        *runs_of("2a", {gate: 0.0, g: "logistic_1"}, [500.0, 1500.0], published),  # as published
    ]
    ranked = rank(pd.DataFrame(rows))
    np.testing.assert_allclose(ranked["distance"], [0.0, 0.5, np.log(2), np.inf])
    assert ranked["departures"].tolist() == [1, 2, 1, 0]
    text = shown(ranked, "2a")
    assert text["solved"].tolist() == ["2/2", "1/2", "2/2", "0/2"]
    assert text["mean of solved"].tolist() == ["1,000", "1,000", "2,000", "-"]


def test_the_rates_of_rtrl_are_one_reading():
    rows = []
    for rate, published in ((1.0, (1, 2, 1000.0)), (4.0, (1, 2, 500.0))):
        for timing, time in (("layered", 1000.0), ("sync", 500.0)):
            keys = {"optimiser.learning_rate": rate, "model.timing": timing}
            rows += runs_of("RTRL", keys, [time, None], published)
    ranked = rank(pd.DataFrame(rows))
    assert ranked["distance"].tolist() == [pytest.approx(np.log(2))] * 2  # right at one rate, a factor 2 at the other
    assert ranked["model.timing"].tolist() == ["layered", "sync"]  # as far away, with fewer departures
    assert ranked["mean"].tolist() == [[1000.0, 1000.0], [500.0, 500.0]]
