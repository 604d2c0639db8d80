"""The tables that put a published re-run beside ours, of few runs with known numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lagrun.analysis.statistics import pairs
from scripts import rerun_p50
from scripts.artefacts import RUNS

INF = np.inf


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results: nets whose seeds 0-9 take what theirs take, and others."""
    times = {
        ("as published", "random", True, "qr"): [*rerun_p50.THEIRS["random"][:10], *[INF] * 15, *[4000.0] * 5],
        ("as published", "alternating", True, "qr"): [400.0] * 30,
        ("another", "random", False, "haar"): [INF] * 27 + [800.0] * 3,
    }
    rows = [
        {
            "name": name,
            "seed": seed,
            "outcome": "budget" if time == INF else "solved",
            "sequences_to_solve": None if time == INF else time,
            "sequences_seen": min(time, 8000),
            "task.keys": keys,
            "model.readout_bias": bias,
            "model.orthogonal": blocks,
        }
        for (name, keys, bias, blocks), of_cell in times.items()
        for seed, time in enumerate(of_cell)
    ]
    (tmp_path / rerun_p50.SWEEP).mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / rerun_p50.SWEEP / RUNS, index=False)
    return tmp_path


def test_published_rows_are_compared_with_medians_over_solved_runs(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerun_p50, "SEEDS", (range(10), range(30)))
    shown = rerun_p50.against(results)
    assert shown["theirs, 0-9"].tolist() == ["6/10, 1,300 (600-6,200)"] * 2 + ["10/10, 400 (400-600)"] * 2
    assert shown["theirs, 0-29"].tolist() == ["19/30, 600 (400-6,200)"] * 2 + ["30/30, 400 (400-600)"] * 2
    assert shown["our seeds"].tolist() == ["0-9", "0-29"] * 2
    assert [text.split()[0] for text in shown["solved [95%]"]] == ["6/10", "11/30", "10/10", "30/30"]
    assert shown["median of solved"].tolist() == ["1,300 (600-6,200)", "4,000 (600-6,200)", *["400 (400-400)"] * 2]
    theirs = rerun_p50.THEIRS["random"]
    assert shown["time: p"][0] == f"{pairs.time_test(theirs, theirs[:10], rerun_p50.BUDGET)[1]:.2g}"
    assert shown["solved: p"].tolist()[1:] == [f"{pairs.success_p(19, 30, 11, 30):.2g}", "1", "1"]


def test_nets_are_compared_with_the_one_as_published(results: Path) -> None:
    shown = rerun_p50.nets(results)
    assert shown["weights"].tolist() == ["5,219", "5,219", "5,168"]
    traces = shown["mean trace"].astype(float)
    assert traces[0] == traces[1] == pytest.approx(-2.39, abs=0.3)
    assert traces[2] == pytest.approx(0, abs=0.3)
    assert shown["median of solved"][2] == "800 (800-800)"
    assert shown["solved: p"].tolist() == ["", "", f"{pairs.success_p(11, 30, 3, 30):.2g}"]
