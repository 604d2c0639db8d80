"""Compose, train and sweep from Python: the same as the command, errors raised, the process left as it was."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir

import lagrun
from lagrun.config.paths import CONF
from lagrun.storage.lock import lock_folder
from lagrun.training.admission import build
from tests.cli.test_command import SMALL
from tests.cli.test_second_command import changes, state
from tests.conftest import Command
from tests.helpers import BASIC, compose_config

TINY = ("task.p=4", "model.hidden_size=4", "budget=80", "criterion.window=20", "optimiser.learning_rate=0.05")

MINE = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Mine:
    learning_rate: float
    clip_norm: float | None

    def init(self, params):
        return {}

    def update(self, params, grads, state, step):
        params -= self.learning_rate * grads
"""


@pytest.mark.parametrize(
    "overrides", [TINY, ("+experiment=paper_2a",), ("task=very_long_lag", "task.q=7", "model=gru")]
)
def test_an_experiment_is_the_one_of_the_command(overrides: tuple[str, ...]) -> None:
    assert lagrun.compose(*overrides) == build(compose_config(*overrides))


def test_composing_leaves_the_process_as_it_was_also_where_somebody_uses_hydra() -> None:
    with initialize_config_dir(str(CONF), version_base="1.2"):
        before = state()
        lagrun.compose(*TINY)
        with pytest.raises(lagrun.ConfigError):
            lagrun.compose("task.pp=3")
        assert changes(before, state()) == {}
        assert hydra_compose("config", [*BASIC, "task.p=9"]).task.p == 9


def test_an_optimiser_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_of_in_python.py").write_text(MINE)
    (tmp_path / "conf/optimiser").mkdir(parents=True)
    (tmp_path / "conf/optimiser/mine.yaml").write_text(
        "_target_: mine_of_in_python.Mine\nlearning_rate: 0.5\nclip_norm: null\n"
    )
    with pytest.raises(lagrun.ConfigError, match="is not lagrun's"):
        lagrun.compose("optimiser=mine", config_dir="conf")
    found = lagrun.compose("optimiser=mine", config_dir="conf", trusted_modules=["mine_of_in_python"])
    assert type(found.optimiser).__name__ == "Mine"
    assert found.optimiser.clip_norm is None


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["task.pp=4"], "task.pp=4: unknown key; did you mean task.p? allowed: p, keys, scored"),
        (["budget=0"], "budget=0: must be an integer >= 1 (training sequences), and < 2**63"),
        (["seed=3"], "seed=3: an experiment has no seed; give seeds to lagrun.train"),
        (["task.p=4,5"], "task.p=4,5: is several experiments, which lagrun.sweep trains; give one value"),
        (["-m"], "-m: is a flag; overrides are key=value, and config_dir= stands for -cd"),
        ([4], "4: must be text such as task.p=100"),
        (["resume=a"], "resume=a: is for the command, and for lagrun.sweep by folder="),
        (
            ["+hydra.callbacks.x._target_=os.system"],
            "hydra.callbacks.x._target_=os.system: is not lagrun's, and would be run; "
            "if you trust it, add 'trusted_modules=[os]'",
        ),
    ],
)
def test_a_mistake_is_one_line(overrides: Sequence[Any], words: str) -> None:
    with pytest.raises(lagrun.ConfigError) as error:
        lagrun.compose(*overrides)
    assert str(error.value) == words


@pytest.mark.parametrize("seeds", [[-1], [0, 0], "3", [True], [0.5], -1])
def test_seeds_are_checked(seeds: Any, make_cell: Any) -> None:
    with pytest.raises(lagrun.FieldError, match="must be integers >= 0"):
        lagrun.train(make_cell(), seeds)


@pytest.mark.parametrize(
    "more", [(), ("model=rtrl", "updates=step"), pytest.param(("engine=compiled",), marks=pytest.mark.slow)]
)
def test_in_memory_in_a_sweep_and_by_the_command_weights_are_the_same_bits(
    more: tuple[str, ...], command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = lagrun.sweep(*TINY, *more, "seed=1,2,0", "execution.n_jobs=1", folder="a")
    assert capsys.readouterr().out == ""
    results = lagrun.train(lagrun.compose(*TINY, *more), [np.int64(1), 2, 0])
    assert [result.seed for result in results] == runs["seed"].to_list() == [1, 2, 0]
    assert [result.params.sha256(0) for result in results] == runs["weights_sha256"].to_list()
    assert [result.sequences_seen for result in results] == runs["sequences_seen"].to_list()
    assert command("resume=a").out.splitlines()[-1] == "a"  # the command goes on with what Python began
    if not more:
        assert command(*TINY, "-m", "seed=0-2", "execution.n_jobs=1", "hydra.sweep.dir=b").status == 0
        by_seed = lagrun.read_runs("b").set_index("seed")["weights_sha256"]
        assert by_seed.to_dict() == runs.set_index("seed")["weights_sha256"].to_dict()
        assert len(lagrun.read_runs(["a", "b"])) == 3


@pytest.mark.slow
def test_a_sweep_raises_what_the_command_would_exit_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny = (*SMALL, "execution.n_jobs=1")
    before = state()
    with pytest.raises(lagrun.ConfigError, match=r"^task\.pp=3: unknown key"):
        lagrun.sweep("task.pp=3", folder="a")
    with pytest.raises(lagrun.ConfigError, match=r"^hydra\.sweep\.dir=x: the folder is named by folder="):
        lagrun.sweep("hydra.sweep.dir=x", folder="a")
    assert not list(tmp_path.iterdir())
    assert lagrun.sweep(*tiny, "execution.dry_run=true", folder="a").empty
    assert "1 run" in capfd.readouterr().out
    with lock_folder(Path("b"), "folder"), pytest.raises(lagrun.FolderLockedError):
        lagrun.sweep(*tiny, folder="b")
    with monkeypatch.context() as broken:
        broken.setattr("lagrun.models.lstm.LSTM.init", lambda *arguments: 1 / 0)
        with pytest.raises(lagrun.RunsFailedError, match="of 1 runs 1 failed"):
            lagrun.sweep(*tiny, folder="c")
    assert lagrun.sweep(*tiny, "execution.retry_failed=true", folder="c")["outcome"].to_list() == ["budget"]
    with pytest.raises(lagrun.ConfigError, match=r"^folder=c: "):
        lagrun.sweep(*tiny, "model.hidden_size=2", folder="c")
    assert changes(before, state()) == {}


@pytest.mark.slow
def test_two_workers_in_a_plain_script(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import lagrun\n"
        f"runs = lagrun.sweep(*{TINY}, 'seed=0-3', 'execution.n_jobs=2', 'execution.block_size=2', folder='a')\n"
        "print(runs['outcome'].notna().sum(), len(lagrun.train(lagrun.compose('budget=2'), [0])))\n"
    )
    words = [sys.executable, "-W", "error", "script.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("4 1\n", "", 0)
