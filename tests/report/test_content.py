"""What the report says: the numbers of the summary, a row for every run, and what is missing or doubted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import caption, table
from lagrun.config.seed_lists import expand_seeds
from lagrun.report.configurations import NO_SUCH_KEY
from lagrun.report.html import page
from lagrun.report.incomplete import N_NAMED
from lagrun.report.origin import origin
from lagrun.report.summary_table import LARGEST, Entry
from lagrun.storage import files as store
from tests.report.pages import CONFIG, HOSTILE, MADE_WITH, Page, content_of, write_run, written


def test_the_summary_is_the_table_of_the_console(folder: Path, parsed: Page) -> None:
    runs = frame(folder)
    shown = table(summarise(runs))
    head, *rows = parsed.rows("sortable summary")
    assert head == list(shown)
    assert rows == [[" ".join(text.split()) for text in row] for row in shown.to_numpy().tolist()]
    assert caption(runs) in " ".join(parsed.texts)


def test_every_run_has_a_row(folder: Path, parsed: Page) -> None:
    runs = frame(folder)
    _, *rows = parsed.rows("sortable runs")
    assert len(rows) == len(runs) == 7
    assert [row[2] for row in rows] == [str(seed) for seed in runs["seed"]]
    outcomes = [row[3].split()[1] for row in rows]  # after the mark
    assert (
        outcomes
        == list(runs["outcome"])
        == ["solved", "solved", "budget", "solved", "diverged", "failed", "unfinished"]
    )
    assert [row[4] for row in rows] == ["100", "300", "1,000", "200", "1,000", "", ""]
    assert [row[5:8] for row in rows[:1]] == [["0.999", "0.500", "1.25"]]
    assert rows[-1][5:8] == ["", "", ""]


def test_the_headline_counts_the_outcomes(folder: Path, parsed: Page) -> None:
    content = content_of(folder)
    assert content.counts == [("solved", 3), ("budget", 1), ("diverged", 1), ("failed", 1), ("unfinished", 1)]
    assert content.what.endswith("on noise_free: 7 runs in 2 cells, 6 s of CPU time")
    assert "a sweep <b>&" in parsed.texts


def test_what_differs_and_what_is_common(folder: Path) -> None:
    content = content_of(folder)
    assert content.differing == [("task.p", ["5", "6"])]
    assert ("model", "lstm") in content.common
    assert ("optimiser.clip_norm", "null") in content.common


def test_a_key_that_a_cell_does_not_have(tmp_path: Path) -> None:
    folder = written(tmp_path, {5: [10], 6: [20]})
    plan = json.loads((folder / store.SWEEP).read_text())
    other = plan["cells"][1]
    other["config"]["model"] = {"_target_": "lagrun.models.gru.GRU", "bias": 0.5}
    write_run(folder / "other/seed=0", 0, other["config"], 20)
    other["runs"] = [{"seed": 0, "folder": "other/seed=0"}]
    store.write_json(folder / store.SWEEP, plan)
    assert content_of(folder).differing == [
        ("model", ["lstm", "gru"]),
        ("model.hidden_size", ["8", NO_SUCH_KEY]),
        ("model.readout_bias", ["false", NO_SUCH_KEY]),  # not stored: what the lack of it says
        ("model.orthogonal", ["haar", NO_SUCH_KEY]),
        ("task.p", ["5", "6"]),
        ("model.bias", [NO_SUCH_KEY, "0.5"]),
    ]


def test_where_the_numbers_come_from(folder: Path) -> None:
    told = dict(content_of(folder).origin)
    assert told["command"] == ["python -m lagrun -m task.p=5,6"]
    assert told["git commit"] == ["abc123"]
    assert told["git dirty"] == ["no"]
    assert told["numpy"] == ["2.4"]
    assert told["simd"] == ["A, B"]
    assert "numba" not in told
    assert told["runs started"] == ["2023-11-14 22:13 UTC to 2023-11-15 00:13 UTC"]


def test_a_value_that_some_runs_lack_is_told_with_their_number(tmp_path: Path) -> None:
    folder = written(tmp_path, {5: [10, 20]})
    with_numba = {**MADE_WITH, "packages": {"numpy": "2.4", "numba": "0.61"}}
    run = sorted(folder.glob("*/seed=1"))[0]
    store.write_result(run, (store.read_result(run) or {}) | {"provenance": with_numba})
    told = dict(content_of(folder).origin)
    assert told["numba"] == ["0.61 (1 of 2 runs)"]
    assert told["numpy"] == ["2.4"]


@pytest.mark.parametrize(
    ("stored", "shown"), [("0,1,2,7", "0-2,7"), ("3,5", "3,5"), ("4,5", "4-5"), ("2,1,0", "2,1,0")]
)
def test_seeds_of_the_command_are_shown_as_ranges(stored: str, shown: str) -> None:
    told = dict(origin(["-m", f"seed={stored}", "task.p=1,2"], {}))
    assert told["command"] == [f"python -m lagrun -m seed={shown} task.p=1,2"]
    assert list(expand_seeds(shown)) == [int(seed) for seed in stored.split(",")]


def test_results_of_several_commits_are_doubted(tmp_path: Path) -> None:
    folder = written(tmp_path, {5: [10, 20]})
    assert content_of(folder).doubts == []
    other = {**MADE_WITH, "git_commit": "def456", "git_dirty": True}
    plan = json.loads((folder / store.SWEEP).read_text())["cells"][0]
    (folder / plan["runs"][1]["folder"]).rename(folder / "old")
    write_run(folder / plan["runs"][1]["folder"], 1, plan["config"], 20, provenance=other)
    content = content_of(folder)
    assert len(content.doubts) == 2
    assert dict(content.origin)["git commit"] == ["abc123 (1 of 2 runs)", "def456 (1 of 2 runs)"]


@pytest.mark.usefixtures("light")
def test_runs_without_an_outcome_are_warned_of_with_their_reasons(tmp_path: Path) -> None:
    folder = written(tmp_path, {5: [10, "failed", 30, None, None], 6: ["failed"] * (N_NAMED + 2)})
    plan = json.loads((folder / store.SWEEP).read_text())["cells"][0]["runs"]
    (folder / plan[2]["folder"] / store.CURVE).write_bytes(b"x")
    begun = folder / plan[3]["folder"]
    begun.mkdir(parents=True)
    store.write_json(begun / store.STARTED, {"started": 1.7e9})
    found = content_of(folder).missing
    assert [(group.outcome, group.n, group.n_named) for group in found] == [
        ("failed", N_NAMED + 3, N_NAMED),
        ("unfinished", 1, 1),
        ("unfinished", 1, 1),
        ("unfinished", 1, 1),
    ]
    assert found[0].reason == f"RuntimeError: {HOSTILE}"
    reasons = [group.reason for group in found[1:]]
    assert reasons == [f"{store.CURVE} is not what was written", "begun, but has no result yet", "not begun"]
    assert [bool(row.link) for row in content_of(folder).rows[:5]] == [True, True, True, True, False]
    found_page = Page(page(content_of(folder)))
    links = [str(a["href"]) for tag, a in found_page.tags if tag == "a" and str(a.get("href")).startswith("task")]
    assert all((folder / unquote(link)).is_dir() for link in links)
    shown = " ".join(found_page.texts)
    assert f"{N_NAMED + 6} of {N_NAMED + 7} runs have no outcome" in shown
    assert "and 3 more" in shown


def test_a_result_that_does_not_count_is_not_reported(tmp_path: Path) -> None:
    folder = written(tmp_path, {5: [10, None], 6: ["budget"]})
    plan = json.loads((folder / store.SWEEP).read_text())
    _, copied = (run["folder"] for run in plan["cells"][0]["runs"])
    write_run(folder / copied, 0, plan["cells"][0]["config"], 10, provenance={**MADE_WITH, "git_commit": "other"})
    plan["cells"][1]["config"]["budget"] = 2000
    store.write_json(folder / store.SWEEP, plan)
    content = content_of(folder)
    assert [row.outcome for row in content.rows] == ["solved", "unfinished", "unfinished"]
    reasons = [group.reason for group in content.missing]
    assert reasons == [f"{store.RESULT} is another run's", "has not used up its raised budget"]
    assert list(content.curves) == [0]
    assert dict(content.origin)["git commit"] == ["abc123"]


def test_the_summary_sorts_by_what_its_texts_stand_for(tmp_path: Path) -> None:
    content = content_of(written(tmp_path, {5: [100, 1000], 6: ["budget", 900], 7: [40, "diverged"], 8: ["failed"]}))
    columns = dict(zip(content.summary.heads, zip(*content.summary.rows, strict=True), strict=True))
    assert [entry.order for entry in columns["solved [95%]"]] == [1, 0.5, 0.5, None]
    assert [entry.order for entry in columns["median sequences [95%]"]] == [550, LARGEST, LARGEST, None]
    assert columns["p"][0] == Entry("5")
    content = content_of(written(tmp_path / "incomplete", {5: [100, "failed", None, None], 6: ["failed", 3], 7: [9]}))
    place = content.summary.heads.index("had all ended")
    assert [row[place].order for row in content.summary.rows] == [3, 1, 0]


def test_links_lead_from_the_page_to_the_runs(folder: Path, tmp_path: Path) -> None:
    for output in (folder / "report.html", tmp_path / "elsewhere.html"):
        for row in content_of(folder, output).rows[:3]:
            assert re.fullmatch(r"[\w.,=%+/~-]+/", row.link)
            assert (output.parent / unquote(row.link)).resolve() == (folder / row.folder).resolve()
    assert content_of(folder).rows[0].link.startswith("task.p%3D5%2Ca%2Bb/seed%3D0")


def test_the_report_of_a_single_run(tmp_path: Path) -> None:
    write_run(tmp_path / "run", 3, {**CONFIG, "task": {**CONFIG["task"], "p": 5}}, 70)
    store.write_json(tmp_path / "run" / store.STARTED, {"started": 1.7e9, "command": ["seed=3"]})
    content = content_of(tmp_path / "run")
    assert [(row.seed, row.sequences, row.link) for row in content.rows] == [(3, 70, "./")]
    assert content.differing == []
    assert dict(content.origin)["command"] == ["python -m lagrun seed=3"]
    assert list(content.curves) == [0]


def test_without_a_plan_damaged_runs_are_warned_of(tmp_path: Path) -> None:
    for seed in range(3):
        write_run(tmp_path / f"seed={seed}", seed, {**CONFIG, "task": {**CONFIG["task"], "p": 5}}, 70)
    (tmp_path / "seed=1" / store.CURVE).unlink()
    (tmp_path / "seed=2" / store.RESULT).write_text("{}")
    content = content_of(tmp_path)
    assert [(row.seed, row.outcome, row.reason) for row in content.rows] == [
        (0, "solved", ""),
        (1, "unfinished", f"{store.CURVE} is missing"),
    ]
    assert content.differing == []
    assert content.doubts == [
        f"Left out, as nothing tells the cell of a damaged result: seed=2: {store.RESULT} is no result."
    ]
    assert dict(content.origin)["git commit"] == ["abc123"]
