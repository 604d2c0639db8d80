"""Training from stored weights: which they are, what is refused, and what makes it the same experiment."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lagrun.checks import ConfigError
from lagrun.config.identity import experiment, identity
from lagrun.config.init_from import stored_form
from lagrun.config.stored_config import as_of_now
from lagrun.interfaces.checkpoint import part
from lagrun.storage import files
from lagrun.storage.stored_weights import with_initial
from lagrun.training.admission import build_typed
from lagrun.training.snapshots import SEQUENCE, WEIGHTS
from tests.conftest import Command
from tests.helpers import compose_config, sized, small

NET = (*sized("elman", 2), "model=elman", "execution.n_jobs=1", "evaluation.n_sequences=4", "snapshots=2")
LAG = (*NET, "task=very_long_lag", "task.p=2", "budget=9", "evaluation.curve_n_sequences=2")

#: Runs a cell of some lag in a folder, and gives the folders of its runs by seed.
Stage = Callable[..., dict[int, Path]]


@pytest.fixture
def stage(command: Command) -> Stage:
    def run(lag: int, *more: str, seeds: str = "0,1") -> dict[int, Path]:
        status, _, err = command(*LAG, f"task.q={lag}", f"hydra.sweep.dir=q{lag}", "-m", f"seed={seeds}", *more)
        assert status == 0, err
        return {int(path.parent.name[5:]): path.parent for path in sorted(Path(f"q{lag}").rglob(files.RESULT))}

    return run


def weights(run: Path) -> dict[str, list[float]]:
    """Final weights."""
    with np.load(run / files.PARAMS) as file:
        return {name: file[name].tolist() for name in file.files}


def first(run: Path) -> dict[str, list[float]]:
    """Weights before the first training sequence."""
    with np.load(run / files.SNAPSHOTS) as file:
        assert file[SEQUENCE][0] == 0
        return {name: array[0].tolist() for name, array in part(WEIGHTS, file).items()}


def initial(run: Path) -> Any:
    return json.loads((run / files.RESULT).read_text())["config"].get("init_from")


def altered(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Write a result that says something else, sealed as any other."""
    result = json.loads((run / files.RESULT).read_text())
    change(result)
    kept = {name: value for name, value in result.items() if name not in (files.SEAL, "schema_version")}
    files.write_result(run, kept)


@pytest.mark.slow
def test_a_curriculum_goes_on_with_each_seeds_own_net(stage: Stage) -> None:
    short = stage(3)
    middle = stage(5, "init_from=q3")
    long = stage(8, f"init_from={middle[0].parent}")
    for seed in (0, 1):
        assert first(middle[seed]) == weights(short[seed])
        assert first(long[seed]) == weights(middle[seed])
        assert weights(long[seed]) != first(long[seed])
    assert initial(short[0]) is None
    assert initial(long[0]) == initial(long[1])
    assert initial(long[0])["folder"] == str(middle[0].parent)


@pytest.mark.slow
def test_a_run_gives_its_net_to_every_seed_and_tables_tell_where_from(stage: Stage) -> None:
    short = stage(3)
    long = stage(5, f"init_from='{short[0]}','{short[1]}',null", seeds="4,5")
    runs = pd.read_csv("q5/runs.csv")
    assert list(pd.read_csv("q5/summary.csv")["init_from"].fillna("")) == [str(short[0]), str(short[1]), ""]
    for _, row in runs[runs["init_from"] == str(short[1])].iterrows():
        assert first(Path("q5") / row["folder"]) == weights(short[1])
        assert row["init_from.sha256"] == json.loads((short[1] / files.RESULT).read_text())["weights_sha256"]
    assert runs["experiment"].nunique() == 3
    assert len(runs) == 6
    assert len(long) == 2


@pytest.mark.slow
def test_moved_weights_are_the_same_experiment_and_others_are_refused(stage: Stage, command: Command) -> None:
    stage(3)
    long = stage(5, "init_from=q3")
    before = (long[0] / files.RESULT).read_bytes()
    shutil.move("q3", "elsewhere")
    status, _, err = command("resume=q5")
    assert (status, err) == (2, "lagrun: init_from=q3: no such folder\n")
    assert command("resume=q5", "init_from=elsewhere")[::2] == (0, "lagrun: 2 of 2 runs are finished and kept\n")
    assert (long[0] / files.RESULT).read_bytes() == before
    stage(3, "optimiser.learning_rate=0.5")
    status, _, err = command("resume=q5", "init_from=q3")
    assert status == 2
    assert "resume=q5: holds a sweep already, of another configuration: init_from.sha256=" in err
    assert "task.q" not in err


@pytest.mark.slow
def test_a_run_reproduces_from_its_own_configuration_or_tells_that_weights_changed(
    stage: Stage, command: Command
) -> None:
    short = stage(3)
    long = stage(5, "init_from=q3")
    again = ("-cp", str((long[1] / ".hydra").absolute()), "-cn", "config")
    assert command(*again, "hydra.run.dir=again").status == 0
    assert weights(Path("again")) == weights(long[1])
    shutil.rmtree(short[0])
    status, _, err = command(*again, "hydra.run.dir=other")
    assert status == 2
    assert "init_from=q3: holds other weights, of sha256=" in err
    assert not (Path("other") / files.RESULT).exists()


def damaged(run: Path) -> None:
    (run / files.PARAMS).write_bytes(b"PK")


def unfinished(run: Path) -> None:
    (run / files.RESULT).unlink()


def failed(run: Path) -> None:
    altered(run, lambda result: result.update(outcome="failed", failure="Traceback\nMemoryError: no room"))


def diverged(run: Path) -> None:
    with np.load(run / files.PARAMS) as file:
        arrays = {name: np.full_like(file[name], np.nan) for name in file.files}
    flat = np.concatenate([array.ravel() for array in arrays.values()])
    hashed = files.write_arrays(run / files.PARAMS, arrays)

    def change(result: dict[str, Any]) -> None:
        result["files"][files.PARAMS] = hashed
        result["weights_sha256"] = hashlib.sha256(flat.tobytes()).hexdigest()

    altered(run, change)


def refusal(folder: object, *more: str) -> str:
    """What is said of seed 0 that is to start from a folder."""
    experiment, content = build_typed(compose_config(*LAG, *more))
    with pytest.raises(ConfigError) as refused:
        with_initial(experiment, content | {"init_from": stored_form(str(folder))}, [0])
    return str(refused.value)


def test_what_is_no_finished_run_is_refused(stage: Stage) -> None:
    run = stage(3, seeds="0")[0]
    kept = shutil.copytree(run, "kept")
    for spoil, words in (
        (damaged, "params.npz is not what was written"),
        (unfinished, "the run is not finished"),
        (failed, "the run failed: MemoryError: no room"),
        (diverged, "not all weights are numbers, as the run diverged"),
    ):
        shutil.rmtree(run)
        shutil.copytree(kept, run)
        spoil(run)
        assert words in refusal(run)
        assert ("holds no finished run" if spoil is unfinished else words) in refusal("q3")


def test_what_does_not_fit_is_refused_before_anything_trains(stage: Stage, command: Command) -> None:
    run = stage(3, seeds="0")[0]
    Path("empty").mkdir()
    shutil.copytree(run, "two/a")
    shutil.copytree(run, "two/b")
    assert refusal("nowhere") == "init_from=nowhere: no such folder"
    assert refusal("empty") == "init_from=empty: holds no finished run"
    assert refusal("two") == "init_from=two: holds several runs of seed 0, a and b; name one cell's folder"
    assert refusal(run, "dtype=float32").endswith("its weights are float64; set dtype=float64")
    assert "W_input_hidden is (6, 2), and must be (7, 2); what fits is the same model" in refusal(run, "task.p=3")
    assert "its weights do not fit: " in refusal(run, "model=gru")
    status, _, err = command(*LAG, "hydra.sweep.dir=new", "init_from=q3", "-m", "seed=0-3")
    assert (status, err) == (2, "lagrun: init_from=q3: has no finished run of seed 1; there are those of 0\n")
    status, _, err = command(*LAG, "hydra.run.dir=new", "init_from=[7]")
    assert (status, err.count("\n")) == (2, 1)
    assert "init_from=[7]: must be null, or the folder of a finished run" in err
    assert not Path("new").exists()


def test_weights_that_change_before_they_are_read_are_refused(stage: Stage) -> None:
    run = stage(3, seeds="0")[0]
    cell, content = with_initial(*build_typed(compose_config(*LAG, "init_from=q3")), [])
    with pytest.raises(ConfigError, match="its weights do not fit"):
        with_initial(*build_typed(compose_config(*LAG, "init_from=q3", "task.p=3")), [])
    assert cell.initial
    assert cell.initial([0, 0]).sha256(1) == json.loads((run / files.RESULT).read_text())["weights_sha256"]
    with np.load(run / files.PARAMS) as file:
        files.write_arrays(run / files.PARAMS, {name: file[name] + 1.0 for name in file.files})
    with pytest.raises(ConfigError, match="the weights have changed since they were looked at"):
        cell.initial([0])
    assert content["init_from"]["folder"] == "q3"


def test_the_hash_is_part_of_the_identity_and_the_folder_is_not() -> None:
    config, hashes = small(), ("a" * 64, "1" * 64)
    lacking = {name: value for name, value in config.items() if name != "init_from"}
    assert identity(config, 3) == identity(lacking, 3)
    here, moved = ({**config, "init_from": {"folder": folder, "sha256": hashes[0]}} for folder in ("here", "2026"))
    other = {**config, "init_from": {"folder": "here", "sha256": hashes[1]}}
    assert len({experiment(each) for each in (config, lacking, here, moved, other)}) == 3
    assert experiment(here) == experiment(moved)
    assert as_of_now(moved) == as_of_now(other) | {"init_from": moved["init_from"]}
    assert stored_form(other["init_from"]) == other["init_from"]
