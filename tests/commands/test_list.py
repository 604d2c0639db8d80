"""What `lagrun list` shows of files and of outputs, whole or damaged, at any width."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from filelock import FileLock

from lagrun.cli import columns
from lagrun.cli.described import first_sentence, keys
from lagrun.config.paths import CONF, SWEEPS
from lagrun.storage import files
from lagrun.storage.lock import LOCK, in_use
from lagrun.storage.past_outputs import outputs, read
from tests.conftest import Command
from tests.written_sweeps import sweep

FILES = [*SWEEPS.glob("*.yaml"), *CONF.glob("*/*.yaml")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sweep_preset_and_option_says_what_it_is(path: Path) -> None:
    said = first_sentence(path)
    assert said.endswith(".")
    assert said[0].isupper()
    assert said.count("(") == said.count(")")


def test_what_comments_say(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "# @package _global_\n# As in Cho et al. 2014,\n# section 5.2. 18 more words.\ndefaults: [config]\n"
        "a: 1 # one; # or two\nb:\n  c: x\n  d: # inner\n    e: null # none\nf: '#'\n"
    )
    assert first_sentence(path) == "As in Cho et al. 2014, section 5.2."
    assert keys(path) == {
        "defaults": ("[config]", ""),
        "a": ("1", "one; # or two"),
        "b.c": ("x", ""),
        "b.d.e": ("null", "none"),
    }


def test_lines_are_as_wide_as_the_terminal_and_of_any_length_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert columns.width() == columns.WIDE
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert columns.width() == 60


def test_a_text_goes_below_its_name_where_there_is_no_room_beside() -> None:
    pairs = [("name", "a text of some length, beyond a line"), ("n", "")]
    assert list(columns.described(pairs, 24)) == [
        "  name",
        "    a text of some",
        "    length, beyond a",
        "    line",
        "  n",
    ]
    assert list(columns.described(pairs, 40))[1:] == ["        line", "  n"]


def shown(command: Command, monkeypatch: pytest.MonkeyPatch, width: int, *arguments: str) -> str:
    monkeypatch.setattr("lagrun.list.width", lambda: width)
    status, out, err = command("list", *arguments)
    assert (status, err) == (0, "")
    return out


def test_files_are_listed_whole_at_any_width(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (60, 80, 100, 120, columns.WIDE):
        out = shown(command, monkeypatch, width)
        assert max(map(len, out.splitlines())) <= width
        text = " ".join(out.split())
        for path in FILES:
            assert f"{path.stem} {first_sentence(path)}" in text or f"{path.stem} (*) {first_sentence(path)}" in text
    assert "outputs: 0 in outputs" in out
    assert set(re.findall(r"(\S+) \(\*\)  ", out)) >= {"lstm", "adam", "numpy", "noise_free"}
    assert shown(command, monkeypatch, 80, "sweeps").startswith("sweeps: python -m lagrun -cn NAME\n  chunkers  ")
    assert "options:" not in shown(command, monkeypatch, 80, "presets")


def test_outputs_with_their_runs_date_size_state_and_command(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.time() - 1
    small = ("task.p=6", "budget=12", "evaluation.n_sequences=4")
    assert command(*small, "execution.n_jobs=1", "-m", "seed=0-2,7", "hydra.sweep.dir=outputs/first").status == 0
    assert command(*small, "seed=3", "hydra.run.dir='outputs/inner/a b'").status == 0
    for path in (tmp_path / "outputs" / "first").rglob("*"):
        os.utime(path, (1e9, 1e9))
    (first, alone) = map(read, sorted(outputs(Path("outputs"))))
    assert (first.n_done, first.n_planned, first.n_solved, first.n_failed) == (4, 4, 0, 0)
    assert (alone.n_done, alone.n_planned, alone.state) == (1, 1, "finished")
    assert first.begun == 1e9
    assert began <= (alone.begun or 0) <= time.time()
    listed = sum(os.lstat(path).st_size for path in (tmp_path / "outputs" / "first").rglob("*") if path.is_file())
    assert 0.5 * listed < first.n_bytes < 50 * listed
    typed = f"python -m lagrun -m {small[0]} {small[1]} {small[2]} execution.n_jobs=1 seed=0-2,7"
    wide = shown(command, monkeypatch, columns.WIDE, "outputs").splitlines()
    assert wide[0] == "outputs: 2 in outputs"
    assert re.split(r"\s{2,}", wide[2])[1:5] == ["outputs/first", "4/4", "0", "0"]
    assert f"finished  {typed}" in wide[2]
    assert "outputs/inner/a b" in wide[3]  # by date
    for width in (40, 60, 80, 100):
        out = shown(command, monkeypatch, width, "outputs")
        assert max(map(len, out.splitlines())) <= width
        assert typed in " ".join(out.split())
        assert "4/4 runs, 0 solved, 0 failed" in " ".join(out.split())


def test_counts_and_states(tmp_path: Path) -> None:
    folder = sweep(tmp_path / "s", {5: [100, 300, "failed", "budget"], 6: [100, "budget", None, "diverged"]})
    found = read(folder)
    assert (found.n_done, found.n_planned, found.n_solved, found.n_failed) == (7, 8, 3, 1)
    assert (found.state, found.command) == ("unfinished", None)
    plan = json.loads((folder / files.SWEEP).read_text())
    for cell in plan["cells"]:  # as after resume=... budget=2000
        cell["config"]["budget"] = 2000
    plan["cells"].append(plan["cells"][0] | {"name": "another row of the same runs"})
    files.write_json(folder / files.SWEEP, plan)
    found = read(folder)
    assert (found.n_done, found.n_planned) == (5, 8)
    (folder / "p=5" / "seed=0" / files.RESULT).write_text("{")
    assert (read(folder).n_done, read(folder).state) == (4, "unfinished, 1 damaged")
    with FileLock(folder / LOCK):
        assert read(folder).state == "in use, 1 damaged"
    assert not in_use(folder)


DAMAGE = {
    "": "sweep.json cannot be read",
    "[]": "sweep.json cannot be read",
    '{"cells": [{"runs": [{"folder": 3}]}]}': "sweep.json cannot be read",
    "null": "sweep.json cannot be read",
}


@pytest.mark.parametrize("content", DAMAGE)
def test_a_damaged_sweep_is_listed_as_such(
    content: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sweep(tmp_path / "outputs" / "bad", {5: [100, "failed"]})
    (folder / files.SWEEP).write_text(content)
    sweep(tmp_path / "outputs" / "good", {5: [100]})
    lines = shown(command, monkeypatch, columns.WIDE, "outputs").splitlines()
    (bad,) = (line for line in lines if "/bad " in line)
    assert re.search(rf"bad  +2/\?  +1  +1  .* unfinished, {DAMAGE[content]}  \?$", bad)
    assert any("/good " in line and " finished " in line for line in lines)


def test_a_sweep_without_its_plan_and_a_run_without_its_start(tmp_path: Path) -> None:
    folder = sweep(tmp_path / "outputs" / "lost", {5: [100, 200]})
    (folder / files.SWEEP).unlink()
    (folder / "multirun.yaml").touch()
    (tmp_path / "outputs" / "killed" / ".hydra").mkdir(parents=True)
    killed, lost = map(read, outputs(tmp_path / "outputs"))
    assert (lost.n_done, lost.n_planned, lost.state) == (2, None, "unfinished, no sweep.json")
    assert (killed.n_done, killed.n_planned, killed.state, killed.begun) == (0, None, "unfinished, no run.json", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweps",), "sweps: must be one of sweeps, presets, options, outputs"),
        (("outputs", "nowhere"), "nowhere: no such folder"),
        (("sweeps", "nowhere"), "nowhere: only outputs are listed of a folder"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: tuple[str, ...], said: str, command: Command) -> None:
    status, out, err = command("list", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9949, "9.9 kB"), (9950, "10 kB"), (999_500, "1.0 MB")],
)
def test_amounts(n: int, text: str) -> None:
    assert columns.amount(n) == text
