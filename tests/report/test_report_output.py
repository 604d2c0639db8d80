"""Where the report is written."""

from pathlib import Path

import pytest

from lagrun.report.__main__ import main


def test_a_folder_as_the_page_is_named_by_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"lagrun.report: --output {tmp_path}: is a folder; name a file\n"
