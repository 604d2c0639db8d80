"""What was stored before there were some keys: the same experiment, readable, and gone on with."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from lagrun import picture
from lagrun.analysis import tables
from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.config.build import plain
from lagrun.config.identity import differing, identity, sha256_of
from lagrun.config.stored_config import ADDED, as_of_now
from lagrun.storage import files
from lagrun.training.admission import build
from tests.conftest import Command
from tests.helpers import compose_config, options

#: Top-level keys that were not stored, and what their lack says.
TOP = {"snapshots": 0, "trusted_modules": [], "init_from": None}

TINY = (
    *("model=lstm", "model.hidden_size=3", "task.p=4", "optimiser.learning_rate=0.01", "criterion.window=8"),
    *("evaluation.n_sequences=4", "evaluation.curve_n_sequences=2", "execution.n_jobs=1"),
    *("hydra.sweep.dir=sweep", "-m", "seed=0-2"),
)


def older(config: Any) -> Any:
    """A configuration as it was stored before there were `TOP` and the keys of `ADDED`."""
    config = json.loads(json.dumps({name: node for name, node in config.items() if name not in TOP}))
    for node in config.values():
        for key in ADDED.get(node.get("_target_"), {}) if isinstance(node, dict) else ():
            node.pop(key, None)
    return config


def make_older(folder: Path) -> None:
    """Rewrite what a sweep's folder says of its configurations."""
    plan = json.loads((folder / files.SWEEP).read_bytes())
    for cell in plan["cells"]:
        cell["config"] = older(cell["config"])
    files.write_json(folder / files.SWEEP, plan)
    for path in folder.rglob(files.RESULT):
        result = json.loads(path.read_bytes())
        kept = {name: value for name, value in result.items() if name not in (files.SEAL, "schema_version")}
        files.write_result(path.parent, kept | {"config": older(result["config"])})
        config = path.parent / ".hydra" / "config.yaml"
        config.write_text(OmegaConf.to_yaml(older(OmegaConf.to_container(OmegaConf.load(config)))))


@pytest.mark.parametrize("name", options("model"))
def test_a_key_that_says_what_its_lack_says_changes_no_identity(name: str) -> None:
    config = plain(compose_config(f"model={name}", *(["loss=squared_error"] if name == "chunker" else [])))
    stored = older(config)
    experiment = {key: node for key, node in stored.items() if key not in ("execution", "budget")}
    hashed = sha256_of({"config": _whole(experiment), "seed": 5})  # as it stands in older checkpoints
    assert identity(config, 5) == identity(stored, 5) == hashed
    assert differing(config, stored) == []
    assert TOP | as_of_now(stored) == config
    assert build(OmegaConf.create(stored)) == build(OmegaConf.create(config))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def test_a_key_that_says_something_else_is_another_experiment() -> None:
    config = plain(compose_config("model.readout_bias=true"))
    assert identity(config) != identity(older(config))
    assert differing(config, older(config)) == [("model.readout_bias", True, False)]


@pytest.mark.slow
def test_an_older_sweep_is_read_gone_on_with_and_shown(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*TINY, "budget=30").status == 0
    folder = tmp_path / "sweep"
    table = tables.table(summarise(frame(folder)))
    make_older(folder)
    runs = frame(folder)
    assert runs["outcome"].isin(["solved", "budget"]).all()
    assert tables.table(summarise(runs)).equals(table)
    status, _, err = command(*TINY, "budget=30", "model.orthogonal=qr")
    assert (status, err.count("\n")) == (2, 1)
    assert "of another configuration: model.orthogonal=qr (there haar)" in err
    assert command("resume=sweep", "budget=60").status == 0
    logs = [path.read_text() for path in folder.rglob("lagrun.log")]
    unsolved = frame(folder)["sequences_seen"] > 30
    assert sum("goes on after 30 sequences" in log for log in logs) == unsolved.sum() > 0
    (run,) = folder.rglob("seed=1")
    make_older(folder)
    assert picture.main([str(run)]) == 0


def test_an_older_run_is_of_the_same_cell_and_is_run_again_by_what_is_stored_beside_it(
    command: Command, tmp_path: Path
) -> None:
    assert command(*TINY, "budget=5").status == 0
    folders = {path.name: path for path in (tmp_path / "sweep").rglob("seed=?")}
    shutil.copytree(folders["seed=0"], "both/seed=0")
    make_older(tmp_path / "sweep")
    shutil.copytree(folders["seed=1"], "both/seed=1")
    assert summarise(frame(Path("both")))["n"].tolist() == [2]  # one cell
    run = folders["seed=2"]
    status, _, err = command("-cp", str(run / ".hydra"), "-cn", "config", "hydra.run.dir=again")
    assert (status, err) == (0, "")
    ours, theirs = files.read_result(Path("again")), files.read_result(run)
    assert ours is not None
    assert theirs is not None
    assert ours["weights_sha256"] == theirs["weights_sha256"]
