"""What is shown of work that has not ended, and that it costs no result."""

import json
import math
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.cli import other_launchers
from lagrun.execution import progress, run_block, terminal_line
from lagrun.execution.counters import Counts, adder, begin_again, counters, reader
from lagrun.execution.progress import LOG, next_log, shown
from lagrun.execution.progress_words import Speed, run_in_words, sweep_in_words
from lagrun.interfaces.run_result import SoFar
from lagrun.storage import files, run_folder
from lagrun.storage.block import Block, Run
from lagrun.storage.partial import PARTIAL, read_partial, write_partial
from lagrun.training import showing
from lagrun.training.showing import LEAST_REST
from lagrun.training.training_block import Lockstep
from scripts.soak import wait_for
from tests.conftest import MakeCell
from tests.execution.screen import screen

COUNTS = Counts(12, 10, 1, 1_234_567, 300_000, 5000.0, 900.0)


@pytest.fixture
def block(request: pytest.FixtureRequest, tmp_path: Path, make_cell: MakeCell) -> Block:
    """Three runs, whose cell has a learning curve with a point every 5 sequences."""
    engine = getattr(request, "param", "numpy")
    if engine == "compiled":
        pytest.importorskip("numba")
    cell = make_cell(f"engine={engine}", "task.p=5", "budget=20", "evaluation.curve_every=5")
    several = tuple(Run(seed, seed, tmp_path / str(seed)) for seed in range(3))
    return Block(cell, {"task": {"p": 5}}, {}, several, show_seconds=math.inf)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Runs tell how far they are whenever they can; what they have written."""
    written = []

    def note(folder: Path, budget: int, so_far: SoFar) -> None:
        write_partial(folder, budget, so_far)
        written.append({"seed": folder.name, **json.loads((folder / PARTIAL).read_text())})

    monkeypatch.setattr(showing, "LEAST_REST", 0)
    monkeypatch.setattr(run_block, "write_partial", note)
    return written


def like(criterion: Any, kind: type) -> Any:
    """The criterion as one of another class."""
    made = object.__new__(kind)
    made.__dict__.update(criterion.__dict__)
    return made


def results(block: Block) -> list[Any]:
    found = [files.read_result(run.folder) or {} for run in block.runs]
    return [
        (each["weights_sha256"], each["outcome"], each["sequences_seen"], each["files"]["curve.csv.gz"])
        for each in found
    ]


@pytest.mark.parametrize("block", ["numpy", "compiled"], indirect=True)
def test_telling_how_far_runs_are_changes_no_result(block: Block, eager: list[dict[str, Any]], tmp_path: Path) -> None:
    run_block.run_block(block)
    assert not eager
    expected = results(block)
    several = tuple(Run(i, i, tmp_path / "again" / str(i)) for i in range(3))
    again = replace(block, runs=several, show_seconds=0)
    run_block.run_block(again)
    assert results(again) == expected
    assert {each["seed"] for each in eager} == {"0", "1", "2"}
    for each in eager:
        so_far = [point[0] for point in each["curve"]]
        assert so_far == [at for at in (5, 10, 15) if at <= each["sequence"]]
        assert each["budget"] == 20 > each["sequence"] > 0
        assert 0 <= each["rolling"] <= 1
        assert each["per_second"] > 0
    assert not list(tmp_path.rglob(PARTIAL))  # all have ended


def test_what_a_killed_run_has_left_is_removed_by_the_next_attempt(block: Block) -> None:
    (run, *_) = block.runs
    run_folder.begin(block, run)
    write_partial(run.folder, 20, SoFar(7, 0.5, [], 3.5))
    assert not run_folder.is_finished(run)
    run_folder.begin(block, run)
    assert read_partial(run.folder) is None
    write_partial(run.folder, 20, SoFar(7, 0.5, [], 3.5))
    run_folder.fail(block, run, "why")
    assert read_partial(run.folder) is None


def test_runs_tell_no_more_often_than_is_cheap(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("lagrun.training.showing.time.monotonic", lambda: clock[0])
    told: list[float] = []

    def show(seed: int, so_far: SoFar) -> None:
        told.append(clock[0])
        clock[0] += 0.2  # it takes so long

    block, shows = Lockstep(make_cell(), [0]), showing.Showing(show, 10)
    for now in (100, 109, 110, 111, 120, 110 + 0.2 * LEAST_REST, 110.3 + 0.2 * LEAST_REST):
        clock[0] = max(clock[0], now)
        shows.look(block, 1)
    assert told == [110, 110.3 + 0.2 * LEAST_REST]


def test_a_criterion_that_cannot_be_asked_in_between_ends_no_run(block: Block, eager: list[dict[str, Any]]) -> None:
    class Shy(type(block.experiment.criterion)):  # type: ignore[misc]
        def rolling_accuracy(self, state: dict[str, np.ndarray], sequence: int) -> np.ndarray:
            if sequence % 5:
                state["window"][:] = True
                raise RuntimeError("only at points of the curve")
            return super().rolling_accuracy(state, sequence)  # type: ignore[no-any-return]

    shy = like(block.experiment.criterion, Shy)
    run_block.run_block(block)
    expected = results(block)
    for run in block.runs:
        (run.folder / files.RESULT).unlink()
        (run.folder / files.CHECKPOINT).unlink()
    run_block.run_block(replace(block, experiment=replace(block.experiment, criterion=shy), show_seconds=0))
    assert results(block) == expected
    assert any(each["rolling"] is None for each in eager)


def test_counters_add_up(block: Block, tmp_path: Path) -> None:
    with counters([60, 100]) as path:
        assert path is not None
        read = reader(path, np.array([9.0, 1.0]))
        assert read() == (0, 0, 0, 0, 160, 0, 640)
        run_block.run_block(block, adder(path, 0))
        n_seen = sum(seen for _, _, seen, _ in results(block))
        assert read() == (3, 0, 0, n_seen, 100, 9 * n_seen, 100)
        begin_again(path, 1, 70)
        assert read().left == 70
        path.unlink()  # somebody cleans up
        adder(path, 1)(1, 0, 0, 5, -5)
        assert read().left == 70


def test_what_is_left_at_most_survives_blocks_that_fail(make_cell: MakeCell, tmp_path: Path) -> None:
    """The block fails at its 6th sequence; of its runs, tried alone, one fails again."""

    class Failing(type(make_cell().criterion)):  # type: ignore[misc]
        def update(self, state: dict[str, np.ndarray], sequence: int, *others: Any) -> np.ndarray:
            tried.extend([sequence] * (sequence == 6))
            if len(tried) in (1, 3) and sequence == 6:
                raise RuntimeError("the 6th sequence")
            return super().update(state, sequence, *others)  # type: ignore[no-any-return]

    tried: list[int] = []
    cell = make_cell("budget=20", "evaluation.curve_every=20")
    cell = replace(cell, criterion=like(cell.criterion, Failing))
    block = Block(cell, {"task": {"p": 8}}, {}, tuple(Run(i, i, tmp_path / str(i)) for i in range(2)))
    told: list[tuple[int, ...]] = []
    run_block.run_block(block, lambda *counts: told.append(counts))
    outcomes = [(files.read_result(run.folder) or {})["outcome"] for run in block.runs]
    assert sorted(outcomes) == ["budget", "failed"]
    n_runs, n_solved, n_failed, _, left = map(sum, zip(*told, strict=True))
    assert (n_runs, n_solved, n_failed, left) == (2, 0, 1, -40)


def test_what_is_left_at_most_falls_when_a_run_is_solved(make_cell: MakeCell, tmp_path: Path) -> None:
    cell = make_cell("budget=60", "criterion.window=5", "criterion.threshold=0.01")
    told: list[tuple[int, ...]] = []
    block = Block(cell, {"task": {"p": 8}}, {}, tuple(Run(i, i, tmp_path / str(i)) for i in range(2)))
    run_block.run_block(block, lambda *counts: told.append(counts))
    n_runs, n_solved, n_failed, n_sequences, left = map(sum, zip(*told, strict=True))
    assert (n_runs, n_solved, n_failed, left) == (2, 2, 0, -120)
    assert n_sequences < 120


def test_words() -> None:
    speed = Speed(0.0)
    assert sweep_in_words(COUNTS, speed, 30) == ["12/30 runs", "10 solved", "1 failed", "1,234,567 sequences"]
    for second in range(1, 101):
        speed.see(second, COUNTS._replace(sequences=second * second, work=second * 5.0))
    assert sweep_in_words(COUNTS, speed, 30)[-2:] == ["140 sequences/s", "at most 3.0 min left"]  # of the last minute
    assert run_in_words(COUNTS._replace(left=4_000), speed, 12_000, 0.6125) == [
        "8,000 of 12,000 sequences",
        "61.3% of the latest right",
        "140 sequences/s",
        "at most 3.0 min left",
    ]
    assert run_in_words(COUNTS, Speed(0.0), 400_000, math.nan) == ["100,000 of 400,000 sequences"]


def test_lines_are_written_at_growing_intervals() -> None:
    at, times = 10.0, []
    while at < 1300:
        times.append(at)
        at = next_log(at + 0.7)
    assert times == [10, 30, 60, 120, 300, 600, 900, 1200]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred times as fast as usual."""
    monkeypatch.setattr(progress, "LOG_AT", (0.1,))
    monkeypatch.setattr(progress, "RARE_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.01)


def say(counts: Counts, speed: Speed) -> list[str]:
    return [f"{counts.runs} runs", "much", "more"]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("is_sweep", "aloud"), [(True, True), (False, True), (False, False)])
def test_without_a_terminal_lines_go_to_standard_error_and_the_log(
    is_sweep: bool, aloud: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown(lambda: COUNTS, say, tmp_path, is_sweep, aloud):
        assert wait_for(lambda: "][lagrun] 12 runs" in log_of(tmp_path), 20)
        names = {path.name for path in tmp_path.iterdir()}
    lines = (tmp_path / LOG).read_text().splitlines()
    assert capsys.readouterr().err == ("lagrun: 12 runs, much, more\n" if aloud else "")
    said = [f"[lagrun] {word}12 runs, much, more" for word in ("began: ", "", "ended: ")]
    assert [line[25:] for line in lines] == (said if is_sweep else said[1:2])
    assert names == ({LOG, progress.AT_WORK} if is_sweep else {LOG})
    assert {path.name for path in tmp_path.iterdir()} == {LOG}


@pytest.mark.usefixtures("hasty")
def test_a_folder_that_takes_nothing_ends_no_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with shown(lambda: COUNTS, say, tmp_path / "gone", is_sweep=True):
        assert wait_for(lambda: "12 runs" in capsys.readouterr().err, 20)
    assert not list(tmp_path.iterdir())


def test_short_work_has_its_beginning_and_its_end_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown(lambda: COUNTS, say, tmp_path, is_sweep=True):
        pass
    assert [line[34:39] for line in (tmp_path / LOG).read_text().splitlines()] == ["began", "ended"]
    assert {path.name for path in tmp_path.iterdir()} == {LOG}
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("hasty")
def test_on_a_terminal_a_line_moves_and_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(terminal_line, "width", lambda: 16)

    def interrupted() -> None:
        with shown(lambda: COUNTS, say, tmp_path, is_sweep=True):
            assert wait_for(lambda: "][lagrun] 12 runs" in log_of(tmp_path), 20)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    shown_on_it = capsys.readouterr().err
    assert "\r12 runs, more\r" in shown_on_it
    assert screen(shown_on_it) == ""
    assert "12 runs, much, more" in (tmp_path / LOG).read_text()
    assert threading.active_count() == 1


def log_of(folder: Path) -> str:
    return (folder / LOG).read_text() if (folder / LOG).exists() else ""


@pytest.mark.usefixtures("hasty")
def test_under_other_launchers_folders_tell(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_launchers, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(progress, "next_log", lambda seconds: seconds)
    first, second, third = (replace(block, runs=(run,)) for run in block.runs)
    for each in (first, second, third):
        run_folder.begin(each, each.runs[0])
    run_block.run_block(first)  # kept from before
    with other_launchers.shown_by_folders(tmp_path):
        run_block.run_block(second)
        write_partial(third.runs[0].folder, 20, SoFar(7, 0.5, [], 2.0))
        assert wait_for(lambda: "][lagrun] 2/3 runs" in log_of(tmp_path), 20)
    (_, old, _, _), (_, new, n_seen, _) = results(first) + results(second)
    n_solved = [old, new].count("solved")
    last = (tmp_path / LOG).read_text().splitlines()[-1]
    assert f"ended: 2/3 runs, {n_solved} solved, {n_seen + 7} sequences" in last
