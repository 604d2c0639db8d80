"""What is written about the project agrees with it: versions, lower bounds, scripts of the workflows, links."""

import os
import re
import tomllib

import pytest

from lagrun.cli.hydra_version import OLDEST
from lagrun.config.paths import CONF
from scripts.lower_bounds import EXTRAS, pins

ROOT = CONF.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CALLING = [".pre-commit-config.yaml", *(str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.yml"))]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_dependency_of_users_is_pinned_to_its_lower_bound() -> None:
    needs = [*PROJECT["dependencies"], *(need for extra in EXTRAS for need in PROJECT["optional-dependencies"][extra])]
    found = pins(PROJECT)
    assert [re.split("[=>]", pin)[0] for pin in found] == [need.split(">")[0] for need in needs]
    assert "numpy==2.2" in found
    assert f"hydra-core=={'.'.join(map(str, OLDEST))}" in found
    with pytest.raises(ValueError, match="'numpy<3' has no lower bound"):
        pins({**PROJECT, "dependencies": ["numpy<3"]})


def test_extras_agree_on_lower_bounds() -> None:
    bounds: dict[str, set[str]] = {}
    for extra in ("test", *EXTRAS):
        for need in PROJECT["optional-dependencies"][extra]:
            bounds.setdefault(re.split("[<>=]", need)[0], set()).add(need)
    assert {name: needs for name, needs in bounds.items() if len(needs) > 1} == {}


def test_versions_begin_with_the_oldest_python() -> None:
    (oldest,) = re.findall(r"PYTHON_OLDEST:-python([\d.]+)", text("scripts/versions"))
    assert PROJECT["requires-python"] == f">={oldest}"
    assert re.search(rf"^ +{re.escape(oldest)}$", text(".github/workflows/ci.yml"), re.M)


@pytest.mark.parametrize("name", CALLING)
def test_what_calls_scripts_names_those_that_are_there(name: str) -> None:
    called = re.findall(r"(?:run|entry): ((?:scripts|\.ci)/\w+)", text(name))
    assert called
    assert [script for script in called if not os.access(ROOT / script, os.X_OK)] == []


def test_citation_and_changelog_know_the_version() -> None:
    version = PROJECT["version"]
    assert re.findall(r"^version: (.*)$", text("CITATION.cff"), re.M) == [version]
    assert re.findall(r"^## \[([\d.]+)\]", text("CHANGELOG.md"), re.M)[0] == version


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files_that_are_there(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text(name))
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_tests_and_files_that_a_page_names_are_there(name: str) -> None:
    page = re.sub(r"(?s)```.*?```", "", text(name))
    below = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(re.findall(r"\btest_\w+\.py", page))
    told = "".join(below[file].read_text(encoding="utf-8") for file in named & set(below))
    functions = {function for function in re.findall(r"::(test_\w+)", page) if f"def {function}" not in told}
    paths = re.findall(r"`((?:lagrun|scripts|tests|conf|sweeps)/(?!\w+/mine\.)[\w./*]+)`", page)
    assert (named - set(below), functions, [path for path in paths if not any(ROOT.glob(path))]) == (set(), set(), [])
