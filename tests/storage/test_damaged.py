"""Damaged, missing and foreign files of a sweep are set aside or left alone, and the same command does the rest."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lagrun.storage import files
from tests.resumed import Sweep, content, results, rows, run_of


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs it keeps the finished sweep for the others."""
    return tmp_path_factory.mktemp("kept") / "sweep"


@pytest.fixture
def finished(sweep: Sweep, kept: Path) -> None:
    """The sweep of this file, finished."""
    if kept.exists():
        shutil.copytree(kept, "sweep")
    else:
        assert sweep().status == 0
        shutil.copytree("sweep", kept)


def halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def change_a_figure(path: Path) -> None:
    result = json.loads(path.read_text())
    path.write_text(json.dumps({**result, "sequences_seen": 10_000}))


def take_another_run_s(path: Path) -> None:
    shutil.rmtree(path.parent)
    shutil.copytree(path.parent.with_name("seed=3"), path.parent)


def make_a_file_of_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("no folder")


DAMAGES = [
    *[(files.RESULT, damage) for damage in (halve, flip, replace_by_folder, change_a_figure, take_another_run_s)],
    (files.RESULT, lambda path: path.write_bytes(b"")),
    (files.RESULT, lambda path: path.write_text("{}")),
    (files.RESULT, make_a_file_of_the_folder),
    *[(name, damage) for name in (files.CURVE, files.PARAMS) for damage in (halve, flip, Path.unlink)],
]


@pytest.mark.parametrize(
    ("name", "damage"),
    [pytest.param(*case, marks=pytest.mark.slow if number % 3 else ()) for number, case in enumerate(DAMAGES)],
)
def test_what_is_damaged_is_set_aside_and_run_again(
    name: str, damage: Callable[[Path], Any], finished: None, sweep: Sweep
) -> None:
    whole, run = rows(Path("sweep")), run_of(1)
    damage(run / name)
    wreck = {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    kept = {key: text for key, text in content(Path("sweep")).items() if not Path(key).is_relative_to(run)}
    status, _, err = sweep()
    assert status == 0
    lines = err.splitlines()
    assert lines[0].startswith(f"lagrun: {run.absolute()}: ")
    assert lines[0].endswith("set aside as seed=1.damaged-1, run again")
    assert lines[1].startswith("lagrun: 3 of 4 runs")
    assert len(lines) == 2
    assert rows(Path("sweep")) == whole
    aside = run.with_name("seed=1.damaged-1")
    assert {str(path.relative_to(aside)): path.read_bytes() for path in aside.rglob("*") if path.is_file()} == wreck
    after = content(Path("sweep"))
    assert {key: after[key] for key in kept} == kept
    assert sweep().err == "lagrun: 4 of 4 runs are finished and kept\n"


def test_a_missing_result_is_no_damage(finished: None, sweep: Sweep) -> None:
    (run_of(1) / files.RESULT).unlink()
    (run_of(2) / files.STARTED).write_text('{"attempt": 1, "pi')
    (run_of(2) / files.RESULT).unlink()
    assert sweep().err == "lagrun: 2 of 4 runs are finished and kept\n"
    assert len(results()) == 4


@pytest.mark.parametrize("damage", [pytest.param(halve, marks=pytest.mark.slow), flip])
def test_a_damaged_state_only_costs_time(sweep: Sweep, damage: Callable[[Path], Any]) -> None:
    sweep("budget=60", "hydra.sweep.dir=whole")
    sweep()
    states = sorted(Path("sweep").rglob(files.CHECKPOINT))
    assert len(states) >= 2
    damage(states[0])
    assert sweep("budget=60").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))
    assert "is of no use, the run starts over" in (states[0].parent / "lagrun.log").read_text()


def test_a_state_of_another_version_is_not_gone_on_from(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other_version:
        other_version.setattr(files, "SCHEMA_VERSION", files.SCHEMA_VERSION + 1)
        sweep()
    states = {path: path.read_bytes() for path in Path("sweep").rglob(files.CHECKPOINT)}
    assert states
    shutil.rmtree("sweep")
    sweep()
    for path, state in states.items():
        path.write_bytes(state)
    assert sweep("budget=60").status == 0
    assert "goes on after" not in "".join(path.read_text() for path in Path("sweep").rglob("lagrun.log"))


def test_solved_runs_keep_no_state(sweep: Sweep) -> None:
    sweep("budget=100", "execution.checkpoint_every=5")
    outcomes = {path.parent: json.loads(path.read_text())["outcome"] for path in results()}
    assert set(outcomes.values()) == {"solved", "budget"}
    for folder, outcome in outcomes.items():
        assert (folder / files.CHECKPOINT).exists() == (outcome == "budget")


def test_another_run_s_state_is_not_gone_on_from(sweep: Sweep) -> None:
    sweep("budget=60", "hydra.sweep.dir=whole")
    sweep()
    first, second = sorted(Path("sweep").rglob(files.CHECKPOINT))[:2]
    shutil.copy(first, second)
    assert sweep("budget=60").status == 0
    assert rows(Path("sweep")) == rows(Path("whole"))


def without_runs(path: Path) -> None:
    plan = json.loads(path.read_text())
    del plan["cells"][0]["runs"]
    path.write_text(json.dumps(plan))


def with_text_for_a_cell(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cells": ["x"]}))


@pytest.mark.parametrize("damage", [halve, lambda path: path.write_text("[]"), without_runs, with_text_for_a_cell])
def test_a_damaged_plan_is_made_anew(finished: None, sweep: Sweep, damage: Callable[[Path], Any]) -> None:
    kept = content(Path("sweep"))
    damage(Path("sweep", files.SWEEP))
    status, out, err = sweep()
    assert status == 0
    assert "/4" in out
    assert "sweep.json.damaged-1, made anew" in err
    assert content(Path("sweep")) == kept


def test_what_was_set_aside_is_not_found_again_for_a_lost_plan(finished: None, sweep: Sweep) -> None:
    whole = rows(Path("sweep"))
    run_of(1).rename(run_of(1).with_name("seed=1.damaged-1"))
    Path("sweep", files.SWEEP).unlink()
    assert sweep().err == "lagrun: 3 of 4 runs are finished and kept\n"
    assert rows(Path("sweep")) == whole


@pytest.mark.slow
def test_runs_are_found_again_where_a_lost_plan_named_them_otherwise(sweep: Sweep) -> None:
    sweep("budget=10")
    assert sweep("budget=60").status == 0
    kept = content(Path("sweep"))
    for lose in (halve, Path.unlink):
        lose(Path("sweep", files.SWEEP))
        assert sweep("budget=60").err.endswith("4 of 4 runs are finished and kept\n")
        assert content(Path("sweep")) == kept


def test_a_plan_of_another_version_is_refused(finished: None, sweep: Sweep) -> None:
    plan = Path("sweep", files.SWEEP)
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "schema_version": 1}))
    status, _, err = sweep()
    assert (status, err.count("\n")) == (2, 1)
    assert "schema version 1" in err


def test_what_is_not_ours_is_left_alone(finished: None, sweep: Sweep) -> None:
    for path in (Path("sweep", "notes.txt"), run_of(1) / "notes.txt", run_of(1) / ".result.json.4711.tmp"):
        path.write_text("foreign")
    Path("sweep", "model=lstm").mkdir()
    Path("sweep", "model=lstm", files.RESULT).write_text('{"foreign": 1}')
    (run_of(1) / files.RESULT).unlink()
    status, out, _ = sweep()
    assert status == 0
    assert "/4" in out
    assert Path("sweep", "notes.txt").read_text() == (run_of(1) / "notes.txt").read_text() == "foreign"
    assert Path("sweep", "model=lstm", files.RESULT).exists()
    assert not list(Path("sweep").rglob("*.tmp"))
