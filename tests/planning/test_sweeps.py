"""The sweep files: published values and their order, typed from the paper, and a small run of one of them."""

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from lagrun.config.paths import SWEEPS
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.loss_weightings.last_step import LastStep
from lagrun.models.lstm import LSTM
from lagrun.optimisers.adam import Adam
from lagrun.planning.expand import expand
from lagrun.planning.published import Label, Published
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.admission import build
from tests.conftest import Command
from tests.helpers import compose_config
from tests.small_commands import only_folder


def cells(name: str) -> list[tuple[dict[str, str], Label]]:
    """What a sweep file sets in each of its cells, and their labels."""
    sweeper: Any = OmegaConf.to_container(OmegaConf.load(SWEEPS / f"{name}.yaml").hydra.sweeper)
    jobs = expand({**sweeper["params"], "seed": 0}, sweeper["cells"], [])
    return [(dict(text.split("=", 1) for text in job), label) for job, label in jobs]


def test_table_2() -> None:
    found = cells("table2")
    names = ["RTRL"] * 3 + ["RTRL R1"] * 3 + ["RTRL"] * 6 + ["BPTT"] * 3 + ["CH", "LSTM"]
    assert [label.name for _, label in found] == names
    assert [keys["task.p"] for keys, _ in found] == ["4"] * 6 + ["10"] * 3 + ["100"] * 8
    assert [keys["optimiser.learning_rate"] for keys, _ in found[:16]] == ["1.0", "4.0", "10.0"] * 5 + ["1.0"]
    successes = [Published(14, 18, 1_043_000), Published(10, 18, 892_000), Published(4, 18, 254_000)]
    expected = [*successes, *successes, *[Published(0, 18)] * 9, Published(6, 18, 32_400), Published(18, 18, 5_040)]
    assert [label.published for _, label in found] == expected
    for row, percent in ((0, 78), (1, 56), (2, 22), (15, 33), (16, 100)):
        assert round(100 * expected[row].solved / 18) == percent


def test_table_3() -> None:
    found = cells("table3")
    lags = [(int(keys["task.q"]), int(keys["task.p"])) for keys, _ in found]
    assert [q for q, _ in lags[:9]] == [50, 100, 200, 500] + [1000] * 5
    assert [q // p for q, p in lags[:9]] == [1, 1, 1, 1, 1, 2, 5, 10, 20]
    assert lags[9:] == lags[:9] + lags[:2]
    means = [30e3, 31e3, 33e3, 38e3, 49e3, 49e3, 75e3, 135e3, 203e3]
    rows = [("LSTM", mean) for mean in means] + [("LSTM init 0.2", mean) for mean in means]
    rows += [("LSTM as printed", mean) for mean in means[:2]]
    assert [label for _, label in found] == [Label(name, Published(20, 20, mean)) for name, mean in rows]


def test_other_published_values() -> None:
    task2b = [(label.name, label.published) for _, label in cells("task2b")]
    assert task2b == [
        ("LSTM", Published(18, 18, 5_680)),
        ("LSTM", None),  # the paper's middle is independent symbols
        ("RTRL", None),  # "fail", without counts
        ("BPTT", None),
        ("CH", None),
        ("RTRL, error at the end", None),
        ("BPTT, error at the end", None),
    ]
    rerun = [(keys["task.p"], label) for keys, label in cells("rerun") if label.published]
    assert rerun == [
        ("100", Label("LSTM", Published(18, 18))),
        ("100", Label("BPTT", Published(0, 18))),
        ("100", Label("RTRL", Published(0, 5))),
        ("100", Label("CH", Published(1, 3))),
        ("100", Label("LSTM 1997", Published(18, 18))),
    ]


def test_the_published_re_run() -> None:
    found = cells("rerun_p50")
    presets = ["rerun_p50_random", "rerun_p50_alternating"]
    assert [keys["+experiment"] for keys, _ in found] == presets * 5
    assert [label.published for _, label in found] == [
        Published(6, 10, median_sequences=1_300),
        Published(10, 10, median_sequences=400),
        *[None] * 8,
    ]
    for preset, order in zip(presets, ("random", "alternating"), strict=True):
        cell = build(compose_config(f"+experiment={preset}"))
        assert cell.task == NoiseFree(50, order, "every_step")
        assert cell.model == LSTM(16, 0.1, 0.5, 0.1, 0.0, 5.0, 0.0, "full", True, "qr")
        assert cell.criterion == RollingAccuracy(256, 0.95, 200, None)
        assert cell.optimiser == Adam(0.02, 0.9, 0.999, 1e-8, 1.0)
        assert (cell.loss_weighting, cell.budget) == (LastStep(100.0), 8_000)


@pytest.mark.slow
def test_a_small_run_of_table_3(command: Command, tmp_path: Path) -> None:
    small = (
        "budget=2",
        "criterion.check_every=2",
        "seed=0-1",
        "evaluation.n_sequences=2",
        "evaluation.curve_n_sequences=1",
    )
    status, _, err = command("-cn", "table3", *small, "execution.n_jobs=1")
    assert (status, err) == (0, "")
    written = (only_folder(tmp_path) / "summary.md").read_text().splitlines()
    assert written[0] == "| name | p | q | solved [95%] | median sequences [95%] | ERT [95%] | published [95%] |"
    assert written[2] == "| LSTM | 50 | 50 | 0/2 [0.00-0.66] | > 2 | inf [1-inf] | 20/20 [0.84-1.00], mean 30,000 |"
    assert written[9] == "| LSTM | 100 | 1000 | 0/2 [0.00-0.66] | > 2 | inf [1-inf] | 20/20 [0.84-1.00], mean 135,000 |"
    assert written[11].startswith("| LSTM init 0.2 | 50 | 50 |")
    assert len(written) == 24
