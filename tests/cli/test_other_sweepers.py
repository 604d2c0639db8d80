"""Hydra's own sweeper, with either launcher: it says where its runs are, and a failed run makes status 1."""

from pathlib import Path

import pytest

from lagrun.storage.lock import in_use, lock_folder
from tests.conftest import Command
from tests.helpers import files_below

SMALL = ("task.p=5", "budget=2", "evaluation.n_sequences=2", "execution.n_jobs=1", "hydra/sweeper=basic")


@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_where_its_runs_are(launcher: str, command: Command, tmp_path: Path) -> None:
    words = (f"hydra/launcher={launcher}", "hydra.sweep.dir='out put'", "-m", "seed=0,1")
    status, out, err = command(*SMALL, *words)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "2 runs in out put; their table: python -m lagrun.aggregate 'out put'"
    assert len([name for name in files_below(tmp_path / "out put") if name.endswith("result.json")]) == 2


@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_a_failed_run_is_status_1(launcher: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagrun.models.lstm.LSTM.init", lambda *arguments: 1 / 0)
    words = (f"hydra/launcher={launcher}", "hydra.sweep.dir=out", "-m", "model=lstm,elman")
    status, out, err = command(*SMALL, *words)
    assert (status, err) == (1, "lagrun: of 2 runs 1 failed; which, and why: python -m lagrun.aggregate out\n")
    assert out.splitlines()[-1] == "2 runs in out; their table: python -m lagrun.aggregate out"


def test_a_run_without_a_result_is_status_1(command: Command, tmp_path: Path) -> None:
    (tmp_path / "out" / "earlier").mkdir(parents=True)
    (tmp_path / "out" / "earlier" / "run.json").write_text("{}")
    status, _, err = command(*SMALL, "hydra.sweep.dir=out", "-m", "seed=0")
    assert status == 1
    assert err.startswith("lagrun: of 2 runs 1 are unfinished; ")


@pytest.mark.parametrize("launcher", ["lagrun", "basic"])
def test_dry_runs_are_refused(launcher: str, command: Command, tmp_path: Path) -> None:
    status, out, err = command(*SMALL, f"hydra/launcher={launcher}", "execution.dry_run=true", "-m", "seed=0,1")
    assert (status, out) == (2, "")
    assert err == "lagrun: execution.dry_run=true: is for hydra/sweeper=lagrun; others would train\n"
    assert files_below(tmp_path) == set()


def test_a_folder_is_one_command_s_at_a_time(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (*SMALL, "hydra.sweep.dir=out", "-m", "seed=0")
    with lock_folder(tmp_path / "out", "out"):
        assert command(*words) == (3, "", "lagrun: out: another process of lagrun is running in this folder\n")
    seen = []
    monkeypatch.setattr("lagrun.cli.other_sweepers.complaint", lambda folder: seen.append(in_use(folder)))
    monkeypatch.setattr("lagrun.cli.single_run.complaint", lambda folder: seen.append(in_use(folder)))
    assert command(*words).status == 0
    assert seen == [True]
    assert not in_use(tmp_path / "out")


@pytest.mark.parametrize("launcher", ["lagrun", "basic"])
def test_two_runs_in_one_folder_are_refused(launcher: str, command: Command, tmp_path: Path) -> None:
    words = (f"hydra/launcher={launcher}", "hydra.sweep.subdir=x", "hydra.sweep.dir=out", "-m", "seed=0,1")
    status, _, err = command(*SMALL, *words)
    assert status == 2
    assert "the same folder" in err or "holds another run; its name must tell all runs apart" in err
    assert not list(tmp_path.rglob("result-1.json"))


def test_its_folder_cannot_be_resumed(command: Command) -> None:
    assert command(*SMALL, "hydra.sweep.dir=out", "-m", "seed=0").status == 0
    said = "lagrun: resume=out: holds runs of another sweeper, which has no plan; type its command again\n"
    assert command("resume=out") == (2, "", said)
