"""The code of docs/python.md and of README's section on Python runs as it stands."""

import doctest
import re
from pathlib import Path

import pytest

from lagrun.config.paths import CONF

PAGES = {"docs/python.md": r"(?s)(.*)", "README.md": r"(?s)\n## From Python\n(.*?)\n## "}


@pytest.mark.parametrize("page", [pytest.param("docs/python.md", marks=pytest.mark.slow), "README.md"])
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (CONF.parent / page).read_text(encoding="utf-8")
    part = re.search(PAGES[page], text)
    assert part
    found = doctest.DocTestParser().get_doctest(part[1], {}, page, page, 0)
    told: list[str] = []
    ran = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(found, out=told.append)
    assert not told, "".join(told)
    assert ran.attempted > 2
