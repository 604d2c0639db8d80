"""Cells compared in pairs: which are chosen, what is printed, and what is refused."""

import logging
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lagrun import compare
from lagrun.analysis import comparison
from lagrun.analysis.cells import MeasuredCell, measured_cells
from lagrun.analysis.frame import frame
from lagrun.analysis.statistics import pairs
from lagrun.config.paths import CONF
from lagrun.storage import files
from tests.written_sweeps import say, sweep

CELLS: dict[int, list[Any]] = {
    5: [100, 300, 200, 400, 250, 150],
    6: [500, "budget", "diverged", 700, 600, 800],
    7: ["budget", "failed", None, 900],
}


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scipy's optimiser logs to wherever Hydra, in an earlier test, has sent the log."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sweep(tmp_path / "SWEEP", CELLS)


def test_all_pairs(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert compare.main([str(folder), "--csv", str(tmp_path / "pairs.csv")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = [line.split() for line in out.splitlines()]
    assert ["1", "5", "6/6", "225"] in lines
    assert ["3", "7", "1/2", ">", "1,000", "2"] in lines  # two of its runs are left out, and counted
    written = pd.read_csv(tmp_path / "pairs.csv")
    assert written[["a", "b", "cell_a", "cell_b"]].to_numpy().tolist() == [
        [1, 2, "p=5", "p=6"],
        [1, 3, "p=5", "p=7"],
        [2, 3, "p=6", "p=7"],
    ]
    assert written["n_solved_b"].tolist() == [4, 1, 1]
    assert written["n_b"].tolist() == [6, 2, 2]  # diverged runs are in, failed ones out
    # cells 2 and 3: four solved runs are earlier than 900 and than never, two ties of never and never: (8 + 2/2) / 12
    assert written["a_faster"].tolist() == pytest.approx([1, 1, 9 / 12])
    p = written["p_time"].to_numpy()
    expected = pairs.time_test(np.array(CELLS[5]), np.array([500, np.inf, np.inf, 700, 600, 800]), 1000)[1]
    assert p[0] == pytest.approx(expected, rel=1e-15)  # pandas 2 does not read the last bit
    assert written["p_time_holm"].tolist() == pytest.approx(pairs.holm(p))
    assert written["p_solved_holm"].tolist() == pytest.approx(pairs.holm(written["p_solved"].to_numpy()))
    assert f"{p[2]:.4f}" in out


def cell_of(number: int, keys: dict[str, Any], times: np.ndarray, budget: float) -> MeasuredCell:
    return MeasuredCell(number, "", keys, {}, pd.DataFrame(), times, times, np.isnan(times), budget)


def test_within_the_smaller_budget_of_two(tmp_path: Path) -> None:
    short, long = (cell_of(i, {}, times, budget) for i, times, budget in [
        (1, np.array([50, math.inf, math.inf]), 100.0),
        (2, np.array([40, 100, 101, 5000]), 10_000.0),
    ])  # fmt: skip
    found = comparison.compare([short, long]).iloc[0]
    assert found[["budget", "n_solved_a", "n_solved_b"]].tolist() == [100, 1, 2]
    assert found["a_faster"] == (0 + 3 + 2 * (0 + 0 + 2 / 2)) / 12  # what came after 100 is no better than what did not


def test_p_values_and_budgets_as_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    slow = [(3, 200.0), (4, 3000.0)]  # solved by none, within budgets of their own
    cells = [
        cell_of(1, {"task.p": 1}, np.arange(1.0, 7), 100.0),  # 6 against 6: p = 0.00051 and 0.00049
        cell_of(2, {"task.p": 2}, np.arange(7.0, 13), 1000.0),
        *(cell_of(n, {"task.p": n}, np.full(12, np.inf), budget) for n, budget in slow),
    ]
    compare._print(cells, comparison.compare(cells))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[3:] for line in lines if line[2:3] == ["0/12"] and line[3] == ">"] == [[">", "200"], [">", "3,000"]]
    (first,) = [line for line in lines if line[:2] == ["1", "2"] and "6/6" in line]
    assert first == ["1", "2", "6/6", "6/6", "100", "1.00", "1.0000", "1.0000", "0.0005", "0.0005"]
    (second,) = [line for line in lines if line[:2] == ["2", "4"] and "6/6" in line]
    assert second[4:6] == ["1,000", "1.00"]
    assert "<" in second[6:]  # 6/6 against 0/12


def test_cells_are_chosen_by_number_name_or_keys(folder: Path) -> None:
    cells = measured_cells(frame(folder))
    for text in ("2", "p=6", "task.p=6", "model=lstm,p=6", "p=6, task=noise_free"):
        assert comparison.choose(cells, [text]) == [cells[1]]
    assert comparison.choose(cells, ["3", "p=5"]) == [cells[2], cells[0]]
    assert comparison.choose(cells, []) == cells
    say(folder, "name", ["A", "B", "B"])
    cells = measured_cells(frame(folder))
    assert comparison.choose(cells, ["A", "name=B,p=7"]) == [cells[0], cells[2]]


def test_a_cell_is_chosen_by_a_list(tmp_path: Path) -> None:
    cells = measured_cells(frame(sweep(tmp_path, {(3, 4): [10], (4, 3): [30]})))
    assert comparison.choose(cells, ["model=lstm,p=[4,3]", "p=[3, 4]"]) == [cells[1], cells[0]]


def test_cells_of_several_sweeps(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = sweep(tmp_path / "OTHER", {5: [10, 20, 30, 40, 50, 60]})  # the same configuration: still another cell
    assert compare.main([str(folder), str(other), "--apart", "--cells", "sweep=SWEEP,p=5", "4"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["1", "SWEEP", "6/6", "225"] in lines
    assert ["4", "OTHER", "6/6", "35"] in lines
    assert sum(line[:2] == ["1", "4"] for line in lines) == 1
    twin = sweep(tmp_path / "x" / "SWEEP", {8: [1]})  # of the same name
    assert compare.main([str(folder), str(twin), "--apart"]) == 0
    assert str(twin) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SWEEP", "--cells", "1", "9"], "--cells 9: no such cell; allowed: 1 to 3; KEY=VALUE with the keys task.p"),
        (["SWEEP", "--cells", "lr=3"], "--cells lr=3: no such cell"),
        (["SWEEP", "--cells", "LSTM"], "--cells LSTM: no such cell"),
        (["SWEEP", "--cells", "model=lstm"], "--cells model=lstm: fits 3 cells, number 1, 2, 3"),
        (["SWEEP", "--cells", "1"], "only one cell"),
        (["SWEEP", "--cells", "1", "p=5"], "--cells p=5: cell 1 is chosen twice"),
        (["ONE"], "only one cell"),
        (["NONE"], "NONE: no such folder"),
        (["EMPTY"], "EMPTY: holds no runs"),
        (["SWEEP", "SWEEP"], "a folder is named twice"),
        (["SWEEP", "SWEEP", "--apart"], "a folder is named twice; --cells chooses cells of one"),
        (["SWEEP", "EMPTY"], "EMPTY: holds no runs"),
        (["SWEEP", "--csv", "NONE/x.csv"], "NONE/x.csv"),
        (["BROKEN"], "sweep.json"),
    ],
)
def test_mistakes_are_one_line_and_status_2(
    arguments: list[str],
    said: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweep(tmp_path / "ONE", {5: [1, 2]})
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BROKEN").mkdir()
    (tmp_path / "BROKEN" / files.SWEEP).write_text("{")
    monkeypatch.chdir(tmp_path)
    assert compare.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("lagrun.compare: ")
    assert said in err
    assert err.count("\n") == 1


def test_a_cell_without_outcomes_is_compared_with_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sweep(tmp_path, {5: [10, 20], 6: [None], 7: [30]})
    assert compare.main([str(folder)]) == 0
    found = comparison.compare(measured_cells(frame(folder)))
    assert found["p_solved"].isna().tolist() == [True, False, True]
    assert found["p_time_holm"].isna().tolist() == [True, False, True]
    assert "nan" not in capsys.readouterr().out


def test_aggregate_does_not_wait_for_scipy(folder: Path) -> None:
    code = "import sys; from lagrun import aggregate; aggregate.main(sys.argv[1:]); assert 'scipy' not in sys.modules"
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    subprocess.run([sys.executable, "-c", code, str(folder)], env=env, check=True, stdout=subprocess.DEVNULL)
