"""The command that runs the paper's tables, on little of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lagrun.config.paths import SWEEPS
from scripts import reproduce
from scripts.failures import SWEEPS as LOOKED_INTO
from scripts.quick import Quick, Rows
from scripts.reproduction import PRESETS, TABLES, all_tables


def test_every_sweep_that_is_kept_has_a_quick_version_and_a_file() -> None:
    assert set(reproduce.SWEEPS) == set(reproduce.QUICK)
    assert {*reproduce.SWEEPS, *PRESETS, *LOOKED_INTO} <= {path.stem for path in SWEEPS.glob("*.yaml")}
    assert {*PRESETS, *LOOKED_INTO} <= set(reproduce.SWEEPS)


@pytest.mark.slow
def test_a_quick_version_of_one_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reproduce, "OUTPUTS", tmp_path)
    rules = ((Rows(("CH",)),), ((Rows(), 2),))
    monkeypatch.setitem(reproduce.QUICK, "task2b", Quick("0-1", *rules))
    monkeypatch.setattr(sys, "argv", ["reproduce", "--quick", "task2b"])
    reproduce.main()
    folder = tmp_path / "reproduce-quick"
    assert {path.name for path in folder.iterdir()} == {"results", "sweeps", "task2b", "tables.md"}
    assert {"runs.csv", "summary.csv", "summary.md", "made.json"} <= {
        path.name for path in (folder / "results" / "task2b").iterdir()
    }
    tables = (folder / "tables.md").read_text()
    assert tables.count("## ") == 1  # of what there is
    assert "| LSTM | 100 | iid | 100% [82-100] | 5,680 | 0/2 (budget < 20) |" in tables
    assert "| 2 of 80,000 | `paper_2b` |" in tables
    assert tables.endswith("\n\nLeft out of the quick version:\n\n- task2b: CH (1 of 1 rows)\n")
    first = {path: path.stat().st_mtime_ns for path in folder.rglob("result.json")}
    assert len(first) == 12
    reproduce.main()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("result.json")} == first
    assert "12 of 12 runs are finished and kept" in "".join(capfd.readouterr())


@pytest.mark.slow
def test_a_sweep_that_fails_ends_the_command_when_those_beside_it_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = []

    def start(sweep: str, folder: Path, quick: bool, names: Sequence[str]) -> reproduce.Started:
        begun.append(sweep)
        (folder / sweep).mkdir()
        (folder / sweep / reproduce.OUTPUT).write_text(f"{sweep} says so\n")
        ending = "sys.exit(3)" if sweep == "fails" else "time.sleep(2)"
        child = subprocess.Popen([sys.executable, "-c", f"import sys, time; {ending}"])
        return reproduce.Started(sweep, folder / sweep, time.time(), child)

    monkeypatch.setattr(reproduce, "_start", start)
    sweeps = reproduce.run(["first", "fails", "third", "fourth"], tmp_path, quick=True)
    assert {next(sweeps), next(sweeps)} == {"first", "third"}
    with pytest.raises(SystemExit) as refused:
        next(sweeps)
    assert refused.value.code == 3
    assert begun == ["first", "fails", "third"]
    out, err = capfd.readouterr()
    assert out.splitlines()[0] == "fails says so"
    assert {*out.splitlines()} == {"fails says so", "first says so", "third says so"}
    assert err == "fails: ended with status 3; give the same command again to go on\n"
    assert all(reproduce.wall_seconds(tmp_path / sweep) > 0 for sweep in begun)


def test_a_table_is_made_of_whatever_is_there(tmp_path: Path) -> None:
    assert all_tables(tmp_path) == ""
    assert set(TABLES) >= set(PRESETS)


@pytest.mark.slow
def test_some_rows_of_a_sweep() -> None:
    wanted = reproduce.arguments("chunkers", False, ["CH 1992", "CH indirect, sync"])
    assert wanted[-1] == 'hydra.sweeper.names=["CH 1992","CH indirect, sync"]'
    ended = subprocess.run(
        [sys.executable, "-m", "lagrun", *wanted, "execution.dry_run=true"], capture_output=True, text=True, check=True
    )
    assert "8 cells, 144 runs" in ended.stdout


@pytest.mark.parametrize(
    "wrong", [["--names", "CH"], ["table2", "table3", "--names", "CH"], ["table2", "--quick", "--names", "CH"]]
)
def test_rows_go_with_one_sweep(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["reproduce", *wrong])
    with pytest.raises(SystemExit) as refused:
        reproduce.main()
    assert refused.value.code == 2
    assert "--names goes with one sweep, and not with --quick" in capsys.readouterr().err
