"""What ``import lagrun`` hands out: every name is there, has a docstring, and its example runs."""

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lagrun
import lagrun.testing

SMALL = ("task.p=4", "model.hidden_size=4", "budget=20", "criterion.window=10", "execution.n_jobs=1")
FUNCTIONS = [name for name in lagrun.__all__ if inspect.isfunction(getattr(lagrun, name))]
EXAMPLES: dict[str, Any] = {
    "lagrun": lagrun,
    **{name: getattr(lagrun, name) for name in FUNCTIONS},
    "check_variant": lagrun.testing.check_variant,
}


@pytest.mark.parametrize("name", lagrun.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(lagrun, name)
    assert name in dir(lagrun)
    assert name == "__version__" or (inspect.getdoc(found) or "").strip()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lagrun' has no attribute 'learn'"):
        lagrun.learn  # noqa: B018


def test_type_checkers_see_what_is_handed_out() -> None:
    tree = ast.parse(Path(lagrun.__file__).read_text(encoding="utf-8"))
    typed = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and isinstance(block.test, ast.Name)
        for alias in node.names
    }
    assert typed == lagrun._MODULES
    assert sorted([*typed, "__version__"]) == lagrun.__all__
    assert (Path(lagrun.__file__).parent / "py.typed").exists()


def test_no_name_is_that_of_a_module() -> None:
    folder = Path(lagrun.__file__).parent
    assert not [name for name in lagrun.__all__ if (folder / name).is_dir() or (folder / f"{name}.py").exists()]


def test_importing_it_imports_next_to_nothing() -> None:
    script = "import sys, lagrun; print(sorted(name for name in sys.modules if name.startswith(('lagrun', 'numpy'))))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['lagrun']"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the outputs that examples read."""
    here = tmp_path_factory.mktemp("examples")
    lagrun.sweep(*SMALL, "seed=0-1", folder=here / "outputs/small")
    lagrun.sweep(*SMALL, "seed=0-1", "task.p=4,5", folder=here / "outputs/two_lags")
    runs = lagrun.read_runs(here / "outputs/small")
    (here / "outputs/run").symlink_to(here / "outputs/small" / runs["folder"].iloc[0])
    return here


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "write_report")) for name in EXAMPLES]
)
def test_its_example_runs(name: str, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outputs)
    found = EXAMPLES[name]
    doc = doctest.DocTestParser().get_doctest(inspect.getdoc(found) or "", {}, name, None, None)
    assert doc.examples, f"{name} has no example"
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(doc, out=told.append)
    assert not told, "".join(told)
