"""The benchmark: its arithmetic, its layout, and one tiny run. Nothing here depends on how fast anything is."""

import csv
from pathlib import Path

import numpy as np
import pytest

from scripts.bench import __main__
from scripts.bench.cases import CASES, COMPILED, JAX_AUTODIFF, JAX_HANDWRITTEN, LSTM, NUMPY, PLAIN, QUICK, Plan, groups
from scripts.bench.measure import PATIENCE, Candidate, Measurement, PeerRate, Rate, Stamps, interleave
from scripts.bench.report import (
    best,
    case_table,
    compiled_beside_jax,
    lag_table,
    lstm_table,
    markdown,
    roofline_table,
    speed_rows,
    write_csv,
)
from scripts.bench.roofline import Roofline, lstm_work


def test_work_of_a_net_counted_by_hand() -> None:
    # T = 1, H = 2, V = 3, K = 3. Weights: 4 gates x 2 cells x (3 inputs + 2 cells + bias) = 48, readout 2 x 3 = 6.
    work = lstm_work(1, 2, 3, 3)
    assert work.n_weights == 48 + 6
    # Products, multiplication and addition: 2 x 8 three times, 2 x 3 three times.
    assert work.product_flops == 2 * (16 + 16 + 16 + 6 + 6 + 6)
    # Forward: look-up and bias 16, six sigmoids 12, cell 8. Backward: 20 + 26 + 8. Softmax: 10.
    assert work.element_flops == 36 + 54 + 10
    assert (work.n_tanh, work.n_exp, work.n_log) == (8 + 2, 3, 1)
    assert work.update_flops == 13 * 54
    assert work.flops == 132 + 100 + 702


def test_work_grows_with_the_steps() -> None:
    one, seven = lstm_work(1, 16, 101, 101), lstm_work(7, 16, 101, 101)
    assert seven.product_flops == 7 * one.product_flops
    assert seven.element_flops == 7 * one.element_flops
    assert (seven.n_tanh, seven.n_exp, seven.n_log) == (7 * one.n_tanh, 7 * one.n_exp, 7 * one.n_log)
    assert seven.n_weights == one.n_weights == 9168  # as many as lagrun's lstm has at p = 100


def stamped(times: list[float], counts: list[int], seconds: float, period: int = 1) -> tuple[Stamps, list[bool]]:
    clock = iter(times)
    stamps, enough = Stamps(seconds, period, lambda: next(clock)), []
    for count in counts:
        stamps(count)
        enough.append(stamps.enough)
    return stamps, enough


def test_rate_leaves_out_the_first_call() -> None:
    stamps, enough = stamped([5.0, 5.5, 6.0, 7.0], [1000, 10, 20, 30], 1.0)
    assert stamps.rate() == 60 / 2.0
    assert enough == [False, False, True, True]


def test_whole_periods_are_measured() -> None:
    _, enough = stamped([0.0, 1.0, 2.0, 2.5], [1, 3, 3, 2], 1.0, 8)
    assert enough == [False, False, False, True]


def test_a_long_period_is_cut_short() -> None:
    _, enough = stamped([0.0, 1.0, PATIENCE - 0.1, PATIENCE], [1, 1, 1, 1], 1.0, 1000)
    assert enough == [False, False, False, True]


def test_part_of_a_period_counts_for_nothing_after_many() -> None:
    _, enough = stamped([0.0, 0.5, 1.0], [1, 39, 2], 1.0, 2)
    assert enough == [False, False, True]


def candidate(engine: str, n_seeds: int = 1, p: int = 100, case: str = LSTM, dtype: str = "float64") -> Candidate:
    return Candidate(case, p, dtype, engine, n_seeds)


def measured(rates: list[float], plain: float, *about: object) -> Measurement:
    return Measurement(candidate(*about), np.array(rates), np.array(rates) / plain)  # type: ignore[arg-type]


MEASURED = [
    measured([100.0, 90.0, 120.0], 100.0, PLAIN),
    measured([1800.0, 2000.0, 2200.0], 100.0, NUMPY, 8),
    measured([3900.0, 4000.0, 4100.0], 100.0, NUMPY, 30),
    measured([9000.0, 10000.0, 12000.0], 100.0, COMPILED),
    measured([3000.0, 3000.0, 3000.0], 100.0, JAX_AUTODIFF, 16),
    measured([5000.0, 4000.0, 6000.0], 100.0, JAX_HANDWRITTEN, 16),
]


def test_candidates_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[tuple[str, float]] = []
    rates = {PLAIN: iter([1.0, 10.0, 20.0]), NUMPY: iter([1.0, 50.0, 40.0])}

    def timed(engine: str) -> tuple[Candidate, Rate]:
        def rate(seconds: float) -> float:
            calls.append((engine, seconds))
            return next(rates[engine])

        return candidate(engine), rate

    plain, numpy = interleave([timed(PLAIN), timed(NUMPY)], 2, 0.5)
    assert calls == [(PLAIN, 0.0), (NUMPY, 0.0), (PLAIN, 0.5), (NUMPY, 0.5), (PLAIN, 0.5), (NUMPY, 0.5)]
    assert plain.rates.tolist() == [10.0, 20.0]
    assert numpy.rates.tolist() == [50.0, 40.0]
    assert numpy.times_plain.tolist() == [5.0, 2.0]  # each within its round


def test_markdown() -> None:
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_lstm_table() -> None:
    lines = lstm_table([*MEASURED, measured([7.0], 7.0, PLAIN, 1, 50)], 100).splitlines()
    assert lines[0] == "| trained by | S | float64, sequences/s [min-max] | times plain |"
    assert lines[2] == "| plain loop | 1 | 100 [90-120] | 1.0 |"
    assert lines[4] == "| engine=numpy | 30 | 4,000 [3,900-4,100] | 40.0 |"
    assert len(lines) == 2 + len(MEASURED)


def test_what_was_not_measured_is_blank() -> None:
    table = lstm_table([*MEASURED, measured([50.0], 50.0, PLAIN, 1, 100, LSTM, "float32")], 100).splitlines()
    assert table[2] == "| plain loop | 1 | 100 [90-120] | 1.0 | 50 [50-50] | 1.0 |"
    assert table[3].endswith("| 20.0 |  |  |")
    cases = [measured([5.0], 5.0, PLAIN, 1, 100, "gru"), measured([80.0], 5.0, NUMPY, 30, 100, "gru")]
    cases += [measured([2.0], 2.0, PLAIN, 1, 4, "rtrl_p4"), measured([9.0], 2.0, COMPILED, 1, 4, "rtrl_p4")]
    assert case_table([*MEASURED, *cases]).splitlines() == [
        "| case | dtype | plain loop, S=1 | engine=numpy, S=30 | times plain | engine=compiled, S=1 | times plain |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| gru | float64 | 5 [5-5] | 80 [80-80] | 16.0 |  |  |",
        "| rtrl_p4 | float64 | 2 [2-2] |  |  | 9 [9-9] | 4.5 |",
    ]


def test_the_best_of_several() -> None:
    found = best(MEASURED, (JAX_AUTODIFF, JAX_HANDWRITTEN), 100, "float64")
    assert found is MEASURED[5]
    assert best(MEASURED, (JAX_AUTODIFF,), 100, "float32") is None
    # Round by round 9/5, 10/4 and 12/6.
    assert "2.00 [1.80-2.50]" in compiled_beside_jax(MEASURED, 100, "float64")
    assert compiled_beside_jax(MEASURED[:4], 100, "float64") == ""


def test_lag_table() -> None:
    lines = lag_table([*MEASURED, measured([50.0], 50.0, PLAIN, 1, 200)], "float64").splitlines()
    assert lines[0] == "| float64, microseconds a sequence | p=100 | p=200 |"
    assert lines[2] == "| plain loop | 10,000 (S=1) | 20,000 (S=1) |"
    assert lines[3] == "| engine=numpy | 250 (S=30) |  |"


def test_share_of_the_roofline() -> None:
    # 80 of the 250, 100 and 200 microseconds that numpy, compiled and JAX take at their best.
    row = roofline_table([Roofline(100, "float64", 40.0, 25.0, 15.0)], MEASURED).splitlines()[2]
    assert row == "| 100 | float64 | 40.0 | 25.0 | 15.0 | 80.0 | 32% | 80% | 40% |"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_numbers_and_machine(tmp_path: Path) -> None:
    write_csv(tmp_path / "speed.csv", speed_rows(MEASURED, {"cpu": "a, b", "date": "2026-01-01"}))
    rows = read(tmp_path / "speed.csv")
    assert len(rows) == len(MEASURED)
    assert rows[2] == {
        "case": "lstm",
        "p": "100",
        "dtype": "float64",
        "engine": "engine=numpy",
        "n_seeds": "30",
        "rounds": "3",
        "sequences_per_second_median": "4000",
        "sequences_per_second_min": "3900",
        "sequences_per_second_max": "4100",
        "microseconds_a_sequence": "250",
        "times_plain_median": "40",
        "times_plain_min": "39",
        "times_plain_max": "41",
        "cpu": "a, b",
        "date": "2026-01-01",
    }


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.cases.installed", lambda package: False)
    said: list[str] = []
    plan = Plan((4,), ("float64",), QUICK.seeds, (), (), 1, 0.0)
    engines = {c.engine for group in groups(plan, said.append) for c, _ in group}
    assert {PLAIN, NUMPY} <= engines <= {PLAIN, NUMPY, COMPILED}
    for package in ("jax", "torch"):
        assert f"left out: {package} is not installed: pip install 'lagrun[bench]'" in said


@pytest.mark.slow
def test_every_case_can_be_measured() -> None:
    plan = Plan((), (), {PLAIN: (1,), NUMPY: (1, 2)}, tuple(CASES), ("float32",), 1, 0.0)
    found = [(c.case, c.engine, c.n_seeds) for group in groups(plan, lambda line: None) for c, _ in group]
    assert found == [(case, *engine) for case in CASES for engine in ((PLAIN, 1), (NUMPY, 2))]


def test_a_peer_is_made_once_and_given_every_seed(make_cell) -> None:  # type: ignore[no-untyped-def]
    made, shapes = [], []

    class Fake:
        def __init__(self, problem: object) -> None:
            made.append(problem)

        def train(self, ids: np.ndarray, targets: np.ndarray) -> None:
            shapes.append((ids.shape, targets.shape))

    rate = PeerRate(Fake, make_cell(), 3, 8)  # type: ignore[arg-type]
    assert rate(0.0) > 0
    assert rate(0.0) > 0
    assert len(made) == 1
    assert shapes == [((3, 400, 8), (3, 400, 8))] * 2


@pytest.mark.slow
def test_tiny_run_writes_tables_csv_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan((5, 8), ("float64",), {PLAIN: (1,), NUMPY: (1, 2)}, ("rtrl_p4",), ("float64",), 1, 0.0)
    __main__.main(["--output", str(tmp_path / "speed")], plan)
    out, err = capsys.readouterr()
    assert "task 2a at p = 8" in out
    assert "| rtrl_p4 | float64 |" in out
    assert "lstm, p=5, float64: 3 candidates" in err
    rows = read(tmp_path / "speed" / "speed.csv")
    assert [(row["case"], row["p"], row["engine"], row["n_seeds"]) for row in rows] == [
        *[("lstm", p, *engine) for p in ("5", "8") for engine in ((PLAIN, "1"), (NUMPY, "1"), (NUMPY, "2"))],
        ("rtrl_p4", "4", PLAIN, "1"),
        ("rtrl_p4", "4", NUMPY, "2"),
    ]
    assert all(float(row["sequences_per_second_median"]) > 0 and row["numpy"] == np.__version__ for row in rows)
    assert [row["p"] for row in read(tmp_path / "speed" / "roofline.csv")] == ["5", "8"]
    document = (tmp_path / "speed.md").read_text()
    for table in out.split("\n\n")[1:]:
        assert table.strip() in document
    for figure in ("cost_against_lag.png", "throughput_against_seeds.png"):
        assert f"(speed/{figure})" in document
        assert (tmp_path / "speed" / figure).read_bytes().startswith(b"\x89PNG")


def test_rounds_must_be_positive(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["--rounds", "0"])
    assert "--rounds 0: must be an integer >= 1" in capsys.readouterr().err
