"""Nothing that a configuration or a result names is imported or run, unless it is lagrun's or trusted."""

import ast
import json
import os
import pickle
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import lagrun
from lagrun.analysis.frame import frame
from lagrun.checks import ConfigError
from lagrun.config.paths import CONF
from lagrun.config.trust import check_target, trusted_modules
from lagrun.storage import files as store
from lagrun.storage.sweep_file import DamagedPlanError
from tests.conftest import Command
from tests.helpers import files_below

SMALL = ("task.p=6", "budget=4", "evaluation.n_sequences=4", "execution.n_jobs=1")

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
    status, _, err = command(*SMALL, attack.format(evil=canary), *mode)
    assert traces(tmp_path) == set()
    assert canary not in sys.modules
    assert status == 2
    assert err.count("\n") == 1
    key = attack.lstrip("+").split("=")[0]
    assert key in err or "pkg://" in err or "'" in attack  # Hydra takes no key that needs quotes


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


@pytest.mark.parametrize(
    ("target", "trusted", "fine"),
    [
        ("lagrun.models.lstm.LSTM", [], True),
        ("mypkg.Mine", ["mypkg"], True),
        ("mypkg.models.Mine", ["mypkg"], True),
        ("mypkg.models.Mine", ["mypkg.models"], True),
        ("mypkg.other.Mine", ["mypkg.models"], False),
        ("mypkg.models2.Mine", ["mypkg.models"], False),
        ("mypkg.Mine", ["my"], False),
        ("my.Mine", ["mypkg"], False),
        ("lagrun2.Mine", [], False),
        ("lagrunx", [], False),
        ("mypkg", ["mypkg"], False),
        (".mypkg.Mine", ["mypkg"], False),
        ("mypkg..Mine", ["mypkg"], False),
        ("mypkg.Mine\n", ["mypkg"], False),
        ("", [""], False),
        (None, [], False),
        (["mypkg.Mine"], ["mypkg"], False),
    ],
)
def test_what_is_inside_a_package(target: object, trusted: list[str], fine: bool) -> None:
    if fine:
        check_target("model._target_", target, trusted)
        return
    with pytest.raises(ConfigError, match=r"^model\._target_=") as error:
        check_target("model._target_", target, trusted)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "value", [None, "mypkg", 1, {"mypkg": 1}, [1], [None], [""], ["my pkg"], ["mypkg."], ["a/b"], [["a"]]]
)
def test_a_list_of_names_and_nothing_else_is_trusted(value: object) -> None:
    with pytest.raises(ConfigError, match=r"^trusted_modules=.*must be a list"):
        trusted_modules(value)


@pytest.mark.parametrize("value", ["mypkg", "null", "[1]", "[my-pkg]", "{a:1}"])
def test_trust_of_a_wrong_type_is_one_line(value: str, command: Command, tmp_path: Path) -> None:
    status, _, err = command(*SMALL, f"trusted_modules={value}")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith(f"lagrun: trusted_modules={value}: ")
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise OSError('no licence')", "no licence"),
        ("import sys; sys.exit(0)", "cannot be imported"),
        ("this is no Python", "invalid syntax"),
        ("Mine = 1", "must be a dataclass"),
        (
            "from lagrun.models.lstm import LSTM\nclass Mine(LSTM):\n    def __post_init__(self): 1 / 0",
            "division by zero",
        ),
        ("from dataclasses import dataclass\n@dataclass\nclass Mine:\n    a: int\n", "unknown key; allowed: a"),
        ("from dataclasses import dataclass\n@dataclass\nclass Mine:\n    a: 'Nowhere'\n", "Nowhere"),
    ],
)
def test_a_trusted_module_that_is_broken_is_one_line(
    source: str, said: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    status, _, err = command(f"trusted_modules=[{name}]", f"model._target_={name}.Mine")
    assert (status, err.count("\n")) == (2, 1)
    assert "model" in err
    assert said in err


MINE = """
from dataclasses import dataclass
from lagrun.optimisers.sgd import SGD
@dataclass(frozen=True)
class Mine(SGD):
    pass
"""


@pytest.mark.parametrize("launcher", ["lagrun", pytest.param("basic", marks=pytest.mark.slow)])
def test_a_class_beside_the_command_trains_in_worker_processes(launcher: str, tmp_path: Path) -> None:
    (tmp_path / "mymodule.py").write_text(MINE)
    folder = tmp_path / "theirs" / "optimiser"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("_target_: mymodule.Mine\nlearning_rate: 0.1\nclip_norm: null\n")
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    words = [sys.executable, "-m", "lagrun", "-cd", "theirs", *SMALL[:-1], "execution.n_jobs=2", "-m", "seed=0-3"]
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


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    "name", [store.RESULT, store.CURVE, store.PARAMS, store.STARTED, store.SWEEP, "lagrun.log", ".hydra/config.yaml"]
)
def test_loading_results_runs_nothing(name: str, command: Command, tmp_path: Path) -> None:
    assert command(*SMALL, "-m", "seed=0,1", "hydra.sweep.dir=out").status == 0
    folder = tmp_path / "out"
    run = next(folder.rglob("seed=1"))
    target = (folder if name == store.SWEEP else run) / name
    exploded = tmp_path / "exploded"
    for bomb in (pickle.dumps(Bomb(exploded)), f"!!python/object/apply:os.mkdir [{exploded}]\n".encode()):
        assert b"mkdir" in bomb
        target.write_bytes(bomb)
        try:
            frame(folder)
        except DamagedPlanError:  # a plan that cannot be read
            assert name == store.SWEEP
        assert not exploded.exists()
    pickle.loads(pickle.dumps(Bomb(exploded)))  # it would have worked
    assert exploded.exists()


def test_no_module_unpickles_or_evaluates() -> None:
    """By name: pickles, YAML with tags, eval and exec of more than constants; numpy's files without pickles."""
    modules = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "code", "runpy"}
    calls = {"eval", "exec", "compile", "unsafe_load", "full_load", "read_pickle", "load_all", "instantiate"}
    found = []
    for path in Path(lagrun.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = set()
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name.split(".")[0] for alias in node.names} | {str(getattr(node, "module", ""))}
                names &= modules
            elif isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                names = {name} & calls if not all(isinstance(value, ast.Constant) for value in node.args) else set()
                if name == "load" and "yaml" in ast.unparse(node.func):
                    names.add("yaml.load")
                on = [word.arg for word in node.keywords if ast.unparse(word.value) != "False"]
                names |= {str(word) for word in on} & {"allow_pickle", "shell"}
            found += [(path.name, name) for name in names]
    assert found == []


INCOMPLETE = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Mine:
    learning_rate: float
    clip_norm: float | None

    def init(self, params):
        return {}
"""


def test_a_class_without_the_methods_of_its_group_is_refused(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "incomplete_class.py").write_text(INCOMPLETE)
    monkeypatch.syspath_prepend(tmp_path)
    words = ("optimiser._target_=incomplete_class.Mine", "trusted_modules=[incomplete_class]", "~optimiser.beta1")
    status, out, err = command(*SMALL, *words, "~optimiser.beta2", "~optimiser.epsilon")
    assert (status, out) == (2, "")
    assert "optimiser._target_=incomplete_class.Mine: has no update; see lagrun/interfaces.py" in err


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
