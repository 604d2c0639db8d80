"""What `lagrun plot` writes and keeps, and what it says of what cannot be drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lagrun import plot
from lagrun.figures.sweep import KINDS
from tests.written_sweeps import say, sweep


def test_the_command_writes_the_figures_and_says_which_it_leaves_out(tmp_path, capsys):
    folder = sweep(tmp_path / "S", {5: [100, 200, "budget"], 6: [300, "failed"]})
    assert plot.main([str(folder), "--only", "strip", "learning_curves"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == [str(folder / "figures" / name) for name in ("strip.png", "strip.svg", "captions.md")]
    assert out[3].startswith("learning_curves: left out; needs a run with a stored curve")
    assert len(out) == 4
    assert (folder / "figures/strip.png").read_bytes().startswith(b"\x89PNG")
    captions = (folder / "figures/captions.md").read_text()
    assert "![Sequences to solve of every run, 2 cells. p=5: 2 of 3 solved, median 200; p=6:" in captions
    assert plot.main([str(folder), "--only", "strip", "--output", str(tmp_path / "other")]) == 0
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["captions.md", "strip.png", "strip.svg"]


@pytest.mark.slow
def test_other_figures_keep_their_captions_and_those_that_no_longer_apply_are_removed(tmp_path, capsys):
    def lying():
        found = (figures / "captions.md").read_text().splitlines()
        names = [text[2:] for text in found if text.startswith("# ")]
        assert {path.name for path in figures.iterdir()} == (
            {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
            | {"captions.md", "notes.txt", "heat_map.png"}
        )
        return names

    folder, figures = sweep(tmp_path / "S", {5: [100, 200], 6: [300, "budget"]}), tmp_path / "S/figures"
    figures.mkdir()
    (figures / "notes.txt").touch()
    (figures / "heat_map.png").touch()  # of somebody else, as no caption is of it
    assert plot.main([str(folder)]) == 0
    assert lying() == ["ecdf", "strip", "lag"]
    captions = (figures / "captions.md").read_text()
    assert plot.main([str(folder), "--only", "strip"]) == 0
    assert lying() == ["strip", "ecdf", "lag"]
    assert sorted((figures / "captions.md").read_text().split()) == sorted(captions.split())
    for cell in folder.glob("p=*"):
        shutil.rmtree(cell)
    sweep(folder, {5: [100, 200]})
    capsys.readouterr()
    assert plot.main([str(folder)]) == 0
    assert lying() == ["ecdf", "strip"]
    assert "the key of --lag; its files of an earlier time were removed" in capsys.readouterr().out


def test_a_name_is_written_as_it_is_whatever_is_in_it(tmp_path):
    name = "lr $^$ x"
    folder = sweep(tmp_path / "S", {5: [100, 200, "budget"], 6: [300, "budget"]})
    say(folder, "name", [name, "$plain$"])
    assert plot.main([str(folder), "--only", "ecdf", "strip"]) == 0
    for figure in ("ecdf", "strip"):
        written = (folder / "figures" / f"{figure}.svg").read_text()
        assert name in written
        assert "$plain$" in written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["S", "--only", "pie"], f"--only pie: no such figure; allowed: {', '.join(KINDS)}"),
        (["none"], "none: no such folder"),
        (["."], ".: holds several sweeps; name one, such as failed"),
        (["empty"], "empty: holds no runs"),
        (["failed"], "failed: nothing to draw: none of its 2 runs has an outcome"),
        (["S", "--keys", "p", "q"], "--keys q: does not vary; allowed: task.p"),
        (["S", "--only", "ecdf", "--keys", "p", "q"], "--keys p q: is of heat_map, which --only leaves out"),
        (["S", "--lag", "delay"], "--lag delay: does not vary; allowed: task.p"),
        (["S", "--only", "ecdf", "--lag", "p"], "--lag p: is of lag, which --only leaves out"),
        (["S", "--only", "heat_map"], "S: nothing to draw: none of these figures applies"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    sweep(Path("S"), {5: [100, 200], 6: ["budget"]})
    sweep(Path("failed"), {5: ["failed", None]})
    Path("empty").mkdir()
    assert plot.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("lagrun.plot: ")
    assert said in error
    assert error.count("\n") == 1
    assert not Path("S/figures").exists()
