"""What `lagrun picture` draws and writes, and what it says of what is wrong with a folder."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.analysis.stored_run import StoredRun, read_run
from lagrun.execution.run_block import run_block
from lagrun.figures import animation, run_pictures
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.picture import main
from lagrun.storage import files, run_folder
from lagrun.storage.run_folder import begin
from tests.trained_runs import block_of, frames_of, with_snapshots


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    return with_snapshots(tmp_path_factory.mktemp("runs") / "lstm")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of the runs that the command draws, which takes no time as nothing is drawn."""
    folders: list[Path] = []

    def draw(run: StoredRun, fps: float) -> run_pictures.RunPictures:
        folders.append(run.folder)
        return run_pictures.RunPictures([], None, [])

    monkeypatch.setattr(run_pictures, "draw", draw)
    return folders


@pytest.mark.slow
def test_one_run_as_a_user_draws_it(run: StoredRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run.folder), "--fps", "20"]) == 0
    out, err = capsys.readouterr()
    names = ("curves", "states", "gates", "last_step", "steps")
    assert out == f"{run.folder}/figures: {', '.join(names)}, learning\n"
    assert err == ""
    written = {path.name for path in (run.folder / "figures").iterdir()}
    assert written == {f"{name}.{kind}" for name in names for kind in ("png", "svg")} | {"learning.gif", "captions.md"}
    captions = (run.folder / "figures" / "captions.md").read_text()
    assert [text[2:] for text in captions.splitlines() if text.startswith("# ")] == [*names, "learning"]
    assert "![Two groups of bars. " in captions
    assert "![6 frames, from the initial weights to sequence 9." in captions
    assert "](learning.gif)\n\nlstm on noise_free, p = 6, seed 2, not solved" in captions
    assert frames_of((run.folder / "figures" / "learning.gif").read_bytes())[1] == [50] * 5 + [2000]
    assert files.read_result(run.folder) is not None


@pytest.mark.slow
def test_an_animation_may_be_left_out(
    run: StoredRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(animation, "animate", None)  # calling it would fail
    folder = shutil.copytree(run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("figures"))
    assert main([str(folder), "--no-animation"]) == 0
    assert capsys.readouterr() == (f"{folder}/figures: curves, states, gates, last_step, steps\n", "")


def test_a_sweep_s_telling_runs_as_a_user_draws_them(
    command: Any, drawn: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("model.hidden_size=3", "task.p=4,5", "budget=15", "evaluation.n_sequences=5", "execution.n_jobs=1")
    assert command(*words, "hydra.sweep.dir=sweep", "-m", "seed=0-3").status == 0
    assert main(["sweep", "--cells", "p=5"]) == 0
    out, _ = capsys.readouterr()
    first, *others = out.splitlines()
    assert first.startswith("p=5: best seed=")
    assert "median seed=" in first
    assert "worst seed=" in first
    assert len(others) == len(drawn) == 3
    assert all("task.p=5" in str(folder) for folder in drawn)
    assert main(["sweep", "--cells", "3"]) == 2
    assert capsys.readouterr().err.startswith("lagrun.picture: --cells 3: no such cell; allowed: 1 to 2")
    assert main(["sweep"]) == 0
    assert len(drawn) == 9


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_what_is_wrong_with_a_folder_is_one_line(
    run: StoredRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nowhere: no such folder" in refused(capsys, "nowhere")
    assert "result.json: is a file; name the folder" in refused(capsys, str(run.folder / files.RESULT))
    (tmp_path / "several" / "one").mkdir(parents=True)
    (tmp_path / "several" / "one" / files.SWEEP).write_text("{}")
    assert "several: holds several sweeps; name one, such as" in refused(capsys, str(tmp_path / "several"))
    (tmp_path / "empty").mkdir()
    assert "holds no runs" in refused(capsys, str(tmp_path / "empty"))
    assert "--fps 0: must be" in refused(capsys, str(run.folder), "--fps", "0")
    assert "is a single run" in refused(capsys, str(run.folder), "--cells", "1")
    assert "trusted_modules=[a b]" in refused(capsys, str(run.folder), "--trust", "a b")

    unfinished = block_of(tmp_path / "unfinished")
    begin(unfinished, unfinished.runs[0])
    assert "is not finished" in refused(capsys, str(tmp_path / "unfinished"))
    run_folder.fail(unfinished, unfinished.runs[0], "Traceback\nValueError: too bad")
    assert "the run failed, so there is nothing to draw: ValueError: too bad" in refused(
        capsys, str(tmp_path / "unfinished")
    )
    lacking = shutil.copytree(run.folder, tmp_path / "lacking")
    config = {name: value for name, value in run.result["config"].items() if name != "criterion"}
    files.write_result(lacking, {**run.result, "config": config})
    assert "its stored configuration has no criterion" in refused(capsys, str(lacking))
    for name in (files.PARAMS, files.SNAPSHOTS):
        damaged = shutil.copytree(run.folder, tmp_path / f"damaged {name}")
        (damaged / name).write_bytes(b"?")
        assert f"{name} is not what was written" in refused(capsys, str(damaged))


def test_a_stored_configuration_is_not_asked_whom_it_trusts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("optimiser=sgd", "optimiser._target_=tests.commands.test_picture.Mine", "trusted_modules=[tests]")
    words = (*words, "optimiser.learning_rate=0.5", "optimiser.clip_norm=1")
    run_block(block_of(tmp_path / "run", *words))
    err = refused(capsys, str(tmp_path / "run"))
    assert "optimiser._target_=tests.commands.test_picture.Mine: is not lagrun's, and would be run" in err
    assert "--trust tests" in err
    assert read_run(tmp_path / "run", ["tests"]).experiment.optimiser == Mine(0.5, 1.0)


class Raising(SoftmaxCrossEntropy):
    """A user's loss that trains, and cannot be drawn."""

    def outputs(self, logits: np.ndarray) -> np.ndarray:
        raise RuntimeError("no outputs\nat all")


def test_a_user_s_class_that_raises_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_block(
        block_of(tmp_path / "run", "loss._target_=tests.commands.test_picture.Raising", "trusted_modules=[tests]")
    )
    err = refused(capsys, str(tmp_path / "run"), "--trust", "tests")
    assert "cannot be drawn, with classes of tests: RuntimeError: no outputs" in err
    assert "test_picture.py, line " in err


@dataclass(frozen=True)
class Mine:
    """A user's optimiser."""

    learning_rate: float
    clip_norm: float | None

    def init(self, params: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> None:
        params -= self.learning_rate * grads
