"""What `lagrun report` writes, where, and what it says where it cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lagrun.report import __main__ as main_of_report
from lagrun.report import assets, write
from tests.report.pages import Page, drawing, harmful, written


@pytest.mark.usefixtures("light")
def test_the_command_writes_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = harmful(tmp_path)
    monkeypatch.setattr("lagrun.figures.sweep.sweep_figures", lambda folder, runs: [drawing("one"), drawing("two")])
    before = set(folder.rglob("*"))
    assert main_of_report.main([str(folder), "--output", str(tmp_path / "new" / "page.html")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new' / 'page.html'}\n"
    assert set(folder.rglob("*")) == before
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]
    found = Page((tmp_path / "new" / "page.html").read_text(encoding="utf-8"))
    assert [a["alt"] for tag, a in found.tags if tag == "img"] == ["What one shows.", "What two shows."]


@pytest.mark.usefixtures("light")
def test_a_folder_whose_name_is_no_utf8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lagrun.figures.sweep.sweep_figures", lambda folder, runs: [])
    folder = written(tmp_path / os.fsdecode(b"caf\xe9"), {5: [10]})
    output = tmp_path / "page.html"
    assert main_of_report.main([str(folder), "--output", str(output)]) == 0
    found = Page(output.read_text(encoding="utf-8"))
    assert "caf\N{REPLACEMENT CHARACTER}" in found.texts
    assert any(str(a.get("href")).startswith("caf%E9/task.p%3D5") for tag, a in found.tags if tag == "a")
    assert main_of_report.main([str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("caf\N{REPLACEMENT CHARACTER}/report.html")


@pytest.mark.usefixtures("light")
def test_the_page_stands_in_the_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagrun.figures.sweep.sweep_figures", lambda folder, runs: [])
    folder = written(tmp_path, {5: [10]})
    assert write.write_report(folder) == folder / "report.html"
    assert "#figures" not in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", assets.NEEDED)
def test_a_missing_package_is_named_with_what_to_install(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "find_spec", lambda name: None if name == package else object())
    assert main_of_report.main([str(tmp_path)]) == 2
    assert f"needs {package}: pip install 'lagrun[report]'" in capsys.readouterr().err


def test_folders_that_hold_no_sweep_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "outputs" / "one", {5: [10]})
    (tmp_path / "empty").mkdir()
    for name, said in {
        "nowhere": "no such folder",
        "outputs": f"holds several sweeps; name one, such as {tmp_path / 'outputs' / 'one'}",
        "empty": "holds no runs",
    }.items():
        assert main_of_report.main([str(tmp_path / name)]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.usefixtures("light")
def test_a_page_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lagrun.figures.sweep.sweep_figures", lambda folder, runs: [])
    folder = written(tmp_path / "sweep", {5: [10]})
    (tmp_path / "file").write_text("")
    assert main_of_report.main([str(folder), "--output", str(tmp_path / "file" / "report.html")]) == 2
    assert "cannot be written to" in capsys.readouterr().err.splitlines()[-1]


def test_a_folder_as_the_page_is_named_by_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of_report.main([str(tmp_path), "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"lagrun.report: --output {tmp_path}: is a folder; name a file\n"
