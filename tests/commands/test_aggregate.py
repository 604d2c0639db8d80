"""What `lagrun aggregate` writes and says of folders that are whole, damaged, without a plan, or empty."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from lagrun import aggregate
from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import table
from lagrun.storage import files as store
from tests.written_sweeps import CONFIG, sweep


def test_the_command_writes_the_same_files_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sweep(tmp_path, {5: [100, None, "failed"]})
    assert aggregate.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "1/1" in printed
    assert "failed: " in printed
    assert "| lstm | noise_free | 5 | 1/1 [0.21-1.00] | 100 | 100 |" in (folder / "summary.md").read_text()
    assert len(pd.read_csv(folder / "runs.csv")) == 3
    assert pd.read_csv(folder / "summary.csv")["n_unfinished"].tolist() == [1]
    (folder / store.SWEEP).unlink()  # without the plan, what is there is read
    assert frame(folder)["outcome"].tolist() == ["solved", "failed"]


def without_plan(folder: Path, *damaged_files: int, damaged_results: tuple[int, ...] = ()) -> Path:
    """Runs of seeds 0 to 2 of one cell, some without a file that they vouch for, some with a changed result."""
    for seed in range(3):
        path = folder / f"seed={seed}"
        path.mkdir(parents=True)
        config = {**CONFIG, "task": {**CONFIG["task"], "p": 5}, "budget": 600}
        found = {"outcome": "budget", "sequences_to_solve": None, "cpu_seconds": 1.0, "sequences_seen": 600}
        files = {"params.npz": "0" * 64} if seed in damaged_files else {}
        store.write_result(path, {"seed": seed, "files": files, "config": config} | found)
        if seed in damaged_results:
            (path / store.RESULT).write_text((path / store.RESULT).read_text().replace("600", "601"))
    return folder


def test_without_a_plan_damaged_runs_are_in_no_nameless_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = without_plan(tmp_path, 1, damaged_results=(2,))
    assert aggregate.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert f"unfinished: {folder / 'seed=1'}" in printed
    assert f"left out: {folder / 'seed=2'}: {store.RESULT} is not what was written" in printed
    runs = frame(folder)
    assert runs[["seed", "outcome"]].to_numpy().tolist() == [[0, "budget"], [1, "unfinished"]]
    shown = table(summarise(runs))
    assert shown.iloc[:, :5].to_numpy().tolist() == [["lstm", "noise_free", "5", "0/1 [0.00-0.79]", "> 600"]]


def test_a_folder_of_which_no_result_can_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = without_plan(tmp_path, damaged_results=(0, 1, 2))
    assert aggregate.main([str(folder)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"seed=0: {store.RESULT} is not what was written; nor can 2 more results be read")


def test_without_a_plan_what_was_set_aside_is_no_run(tmp_path: Path) -> None:
    folder = without_plan(tmp_path)
    for number in (1, 2):
        shutil.copytree(folder / "seed=1", folder / f"seed=1.damaged-{number}")
    assert frame(folder)["folder"].tolist() == ["seed=0", "seed=1", "seed=2"]


def test_a_single_damaged_run_is_a_cell_without_an_outcome(tmp_path: Path) -> None:
    folder = without_plan(tmp_path, 0) / "seed=0"
    assert aggregate.main([str(folder)]) == 0
    assert pd.read_csv(folder / "summary.csv")[["task.p", "n", "n_unfinished"]].to_numpy().tolist() == [[5, 0, 1]]


def test_nothing_to_aggregate_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert aggregate.main([str(folder)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"lagrun.aggregate: {tmp_path}: holds no runs",
        f"lagrun.aggregate: {tmp_path / 'none'}: no such folder",
    ]
