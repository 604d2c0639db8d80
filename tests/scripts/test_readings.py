"""The ranking of readings by their distance from what is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from scripts.readings import rank, shown
from tests.helpers import compose_config


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


def test_departures_that_all_readings_share_are_counted():
    rows = runs_of("RTRL", {"model.timing": "sync", "model.squash": "logistic"}, [1000.0, None], (1, 2, 1000.0))
    rows += runs_of("RTRL", {"model.timing": "sync", "model.squash": "logistic_1"}, [1000.0, 1000.0], (1, 2, 1000.0))
    rows += runs_of("2b", {"task.scored": "end"}, [1000.0, None], (1, 2, 1000.0))
    rows += runs_of("2a", {"task.scored": "end"}, [1000.0, None], (1, 2, 1000.0))
    ranked = rank(pd.DataFrame(rows))
    assert ranked["departures"].tolist() == [1, 2, 1, 0]
    assert ranked["of_shares"].tolist() == [0.0, 0.5, 0.0, 0.0]


def test_runs_without_an_outcome_are_not_ranked():
    rows = runs_of("2a", {"model.timing": "sync"}, [1000.0, None], (1, 2, 1000.0))
    with pytest.raises(ValueError, match="finish the sweep"):
        rank(pd.DataFrame([*rows, {**rows[0], "outcome": "failed"}]))


@pytest.mark.parametrize(
    ("preset", "name", "n"),
    [
        ("literal_2a", "2a", 0),
        ("paper_2a_rate1", "2a", 1),
        ("paper_2a", "2a", 3),
        ("paper_2b", "2b", 4),
        ("rtrl_p4", "RTRL", 0),
        ("rtrl_p4_symmetric", "RTRL", 3),
    ],
)
def test_departures_of_the_presets(preset: str, name: str, n: int):
    config = OmegaConf.to_container(compose_config(f"+experiment={preset}"), resolve=True)
    keys = {
        f"{group}.{key}": value
        for group in ("model", "task", "loss", "optimiser")
        for key, value in config[group].items()
        if not isinstance(value, dict | list) and not key.startswith("_")
    }
    assert rank(pd.DataFrame(runs_of(name, keys, [1000.0, None], (1, 2, 1000.0))))["departures"].tolist() == [n]
