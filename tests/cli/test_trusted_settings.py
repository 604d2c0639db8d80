"""Nothing that a configuration or Hydra's own settings name is imported or run, unless it is lagrun's or trusted."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lagrun.config.paths import CONF
from lagrun.storage import files as store
from tests.conftest import Command
from tests.small_commands import QUICK

#: Leaves a file where it is imported, and another where it is called.
CANARY = """
from dataclasses import dataclass
from pathlib import Path
import logging
from lagrun.optimisers.sgd import SGD
Path("{folder}/imported").touch()
def call(*arguments, **keywords):
    Path("{folder}/called").touch()
class Callback:
    def __init__(self, *arguments, **keywords):
        call()
class Handler(logging.StreamHandler):
    def __init__(self, *arguments, **keywords):
        call()
        super().__init__()
@dataclass(frozen=True)
class Mine(SGD):
    pass
"""


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that can be imported, and shows if it was."""
    name = f"canary_{tmp_path.name}"
    folder = tmp_path / "modules" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(CANARY.format(folder=tmp_path))
    (folder / "conf").mkdir()
    (folder / "conf" / "extra.yaml").write_text("a: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    return name


def traces(tmp_path: Path) -> set[str]:
    return {path.name for path in tmp_path.iterdir()} - {"modules", "theirs"}


ATTACKS = [
    "model._target_={evil}.Mine",
    "model._target_=lagrun.storage.files.os.system",
    "+model.hidden={{_target_:{evil}.call}}",
    "model.hidden_size={{_target_:{evil}.call}}",
    "+hydra.callbacks.evil={{_target_:{evil}.Callback}}",
    "+hydra.callbacks.evil._target_={evil}.call",
    "hydra.callbacks.check_before_run._target_={evil}.Callback",
    "+hydra.callbacks.evil={{_target_:os.mkdir,_args_:[called]}}",
    "+hydra.callbacks.evil={{_target_:lagrun.storage.files.os.mkdir,_args_:[called]}}",
    "+hydra.callbacks.evil={{_target_:hydra.utils.get_method,path:{evil}.call}}",
    "+hydra.callbacks.evil={{_target_:{evil}.call,_partial_:true}}",
    "+hydra.callbacks.check_before_run.nested=[{{_target_:{evil}.call}}]",
    "+hydra.callbacks.check_before_run.nested={{_target_:{{a:1}}}}",
    "+hydra.callbacks.evil={{_target_:'${{oc.decode:{evil}.call}}'}}",
    "+hydra.callbacks.evil={{_target_:'${{oc.env:EVIL}}'}}",
    "+hydra.launcher.nested={{_target_:{evil}.call}}",
    "hydra.launcher._target_={evil}.call",
    "hydra.sweeper.params={{a:{{_target_:{evil}.call}}}}",
    "hydra.sweeper.cells=[{{a:{{_target_:{evil}.call}}}}]",
    "hydra.sweeper.names=[{{_target_:{evil}.call}}]",
    "hydra.sweeper._target_={evil}.call",
    "+hydra.hydra_logging.handlers.evil={{class:{evil}.Handler}}",
    "+hydra.hydra_logging.handlers.evil={{class:logging.os.mkdir,name:called}}",
    "+hydra.hydra_logging.handlers.evil={{class:cfg://root.level}}",
    "hydra.hydra_logging.handlers.console.stream=ext://{evil}.call",
    "+hydra.job_logging.filters.evil={{'()':{evil}.call}}",
    "+hydra.job_logging.formatters.evil={{class:'${{oc.decode:{evil}.Handler}}'}}",
    "hydra.searchpath=[pkg://{evil}/conf]",
    "+hydra.job.env_set.PYTHONPATH=modules",
]


@pytest.mark.parametrize("mode", [(), ("-m",)])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_trusted_is_refused_before_it_is_imported(
    attack: str, mode: tuple[str, ...], canary: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIL", f"{canary}.call")
    status, _, err = command(*QUICK, attack.format(evil=canary), *mode)
    assert traces(tmp_path) == set()
    assert canary not in sys.modules
    assert status == 2
    assert err.count("\n") == 1
    key = attack.lstrip("+").split("=")[0]
    assert key in err or "pkg://" in err or "'" in attack  # Hydra takes no key that needs quotes


@pytest.mark.slow
@pytest.mark.parametrize("mode", [(), ("-m",)])
def test_a_stranger_s_file_is_held_to_it_as_well(
    mode: tuple[str, ...], canary: str, command: Command, tmp_path: Path
) -> None:
    """A downloaded configuration; what it trusts is in the file, and the command line has the last word."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    theirs = {"hydra": {"callbacks": {"evil": {"_target_": f"{canary}.Callback"}}}, "task": {"p": 6}, "budget": 4}
    trusting = theirs | {"trusted_modules": [canary]}
    for name, content in {"plain": theirs, "trusting": trusting}.items():
        text = yaml.safe_dump({"defaults": ["config", "_self_"], **content}, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text)
    for more in (("-cn", "plain"), ("-cn", "trusting", "trusted_modules=[]"), ("-cn", "plain", "--help")):
        status, _, err = command("-cd", str(folder), *more, *mode)
        assert (status, err.count("\n")) == (2, 1)
        assert f"hydra.callbacks.evil._target_={canary}.Callback" in err
        assert traces(tmp_path) == set()
    with pytest.warns(UserWarning, match="Callback"):  # it has none of a callback's methods
        assert command("-cd", str(folder), "-cn", "trusting", *mode).status == 0
    assert {"imported", "called"} <= traces(tmp_path)


def test_packages_are_not_searched_and_nothing_is_unpickled_for_a_rerun(command: Command, canary: str) -> None:
    for arguments in (("-cp", f"pkg://{canary}/conf", "-cn", "extra"), ("--experimental-rerun", "config.pickle")):
        status, _, err = command(*arguments)
        assert (status, err.count("\n")) == (2, 1)
        assert arguments[0].removeprefix("-cp") in err
        assert canary not in sys.modules


MINE = """
from dataclasses import dataclass
from lagrun.optimisers.sgd import SGD
@dataclass(frozen=True)
class Mine(SGD):
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_a_class_beside_the_command_trains_in_worker_processes(launcher: str, tmp_path: Path) -> None:
    (tmp_path / "mymodule.py").write_text(MINE)
    folder = tmp_path / "theirs" / "optimiser"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("_target_: mymodule.Mine\nlearning_rate: 0.1\nclip_norm: null\n")
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    words = [sys.executable, "-m", "lagrun", "-cd", "theirs", *QUICK[:-1], "execution.n_jobs=2", "-m", "seed=0-3"]
    words += [f"hydra/launcher={launcher}", "optimiser=mine", "hydra.sweep.dir=out"]
    refused = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "trusted_modules=[mymodule]" in refused.stderr
    words += ["trusted_modules=[mymodule]"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    results = [json.loads(path.read_text()) for path in (tmp_path / "out").rglob(store.RESULT)]
    assert [result["outcome"] for result in results] == ["budget"] * 4
    assert results[0]["config"]["trusted_modules"] == ["mymodule"]
    (run,) = (tmp_path / "out").rglob("seed=2")
    words = [sys.executable, "-m", "lagrun", "-cp", str(run / ".hydra"), "-cn", "config", "hydra.run.dir=again"]
    again = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (again.returncode, again.stderr) == (0, "")


def test_the_readme_s_own_class_trains(tmp_path: Path) -> None:
    text = (CONF.parent / "README.md").read_text()
    files = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", text, re.M | re.S)
    assert [name for name, _ in files] == ["mine.py", "conf/optimiser/mine.yaml"]
    for name, content in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (line,) = re.findall(r"^    python -m lagrun (.*trusted_modules=\[mine\].*)$", text, re.M)
    small = ["task.p=6", "budget=12", "evaluation.n_sequences=4", "hydra.run.dir=out"]
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    words = [sys.executable, "-m", "lagrun", *shlex.split(line), *small]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / store.RESULT).read_text())["config"]["optimiser"]["_target_"] == "mine.Mine"
