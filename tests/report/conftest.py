"""A sweep whose names would do harm as markup, and its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagrun.report.html import page
from tests.report.pages import Page, content_of, harmful


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harmful(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def text(folder: Path) -> str:
    return page(content_of(folder))


@pytest.fixture(scope="session")
def parsed(text: str) -> Page:
    return Page(text)
