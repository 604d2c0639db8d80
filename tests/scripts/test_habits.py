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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_to_files_that_are_there(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text(name))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
