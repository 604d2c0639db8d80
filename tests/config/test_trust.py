"""Which classes and modules are trusted, and that nothing stored is unpickled or evaluated."""

import ast
import os
import pickle
from pathlib import Path

import pytest

import lagrun
from lagrun.analysis.frame import frame
from lagrun.checks import ConfigError
from lagrun.config.trust import check_target, trusted_modules
from lagrun.storage import files as store
from lagrun.storage.sweep_file import DamagedPlanError
from tests.conftest import Command
from tests.helpers import files_below
from tests.small_commands import QUICK


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
    status, _, err = command(*QUICK, f"trusted_modules={value}")
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


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    "name", [store.RESULT, store.CURVE, store.PARAMS, store.STARTED, store.SWEEP, "lagrun.log", ".hydra/config.yaml"]
)
def test_loading_results_runs_nothing(name: str, command: Command, tmp_path: Path) -> None:
    assert command(*QUICK, "-m", "seed=0,1", "hydra.sweep.dir=out").status == 0
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
    status, out, err = command(*QUICK, *words, "~optimiser.beta2", "~optimiser.epsilon")
    assert (status, out) == (2, "")
    assert "optimiser._target_=incomplete_class.Mine: has no update; see lagrun/interfaces/" in err
