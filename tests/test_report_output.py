"""Where the report is written."""

from pathlib import Path

import pytest

from lagrun.report import main


def test_a_folder_as_the_page_is_named_by_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path), "--output", str(tmp_path)])
    assert stop.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"--output {tmp_path}: is a folder; name a file")
