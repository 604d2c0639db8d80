"""The HTML report, without a browser: what it says, that nothing in it is taken for markup, and that it is whole."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

from lagrun.analysis.frame import frame
from lagrun.analysis.summary import summarise
from lagrun.analysis.tables import caption, table
from lagrun.checks import ConfigError
from lagrun.config.seed_lists import expand_seeds
from lagrun.figures.drawing import Drawing, new_figure, styled
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.report import __main__ as main_of_report
from lagrun.report import assets, write
from lagrun.report.configurations import NO_SUCH_KEY
from lagrun.report.content import Content, gather
from lagrun.report.curves import COLUMNS, FEWEST_POINTS, MOST_POINTS, compact, in_words, points_of_each
from lagrun.report.html import image, page, share
from lagrun.report.incomplete import N_NAMED
from lagrun.report.origin import origin
from lagrun.report.summary_table import LARGEST, Entry
from lagrun.storage import files as store

CONFIG = {
    "model": {"_target_": "lagrun.models.lstm.LSTM", "hidden_size": 8},
    "task": {"_target_": "lagrun.tasks.noise_free.NoiseFree"},
    "optimiser": {"_target_": "lagrun.optimisers.adam.Adam", "learning_rate": 0.1, "clip_norm": None},
    "budget": 1000,
}
MADE_WITH = {
    "git_commit": "abc123",
    "git_dirty": False,
    "packages": {"numpy": "2.4", "numba": None},
    "simd": ["A", "B"],
}

#: What would do harm, or be lost, if it were taken for markup.
HOSTILE = """<script>window.harm = 1</script><img src="x" onerror="window.harm = 2">'&amp; </script> {{ 7 * 7 }}"""


def written(folder: Path, cells: dict[int, list[Any]], n_points: int = 40) -> Path:
    """A sweep's folder: per p, an outcome, or the sequences of a solved run, a run; None where it did not end."""
    planned = []
    for p, outcomes in cells.items():
        config = {**CONFIG, "task": {**CONFIG["task"], "p": p}}
        runs = [{"seed": seed, "folder": f"task.p={p},a+b/seed={seed}"} for seed in range(len(outcomes))]
        for run, outcome in zip(runs, outcomes, strict=True):
            if outcome is not None:
                write_run(folder / run["folder"], run["seed"], config, outcome, n_points)
        planned.append({"overrides": [], "config": config, "runs": runs})
    content = {"schema_version": store.SCHEMA_VERSION, "command": ["-m", "task.p=5,6"], "cells": planned}
    store.write_json(folder / store.SWEEP, content)
    return folder


def write_run(
    folder: Path, seed: int, config: dict[str, Any], outcome: Any, n_points: int = 40, **changed: Any
) -> None:
    """A run's folder, with a curve unless it failed."""
    folder.mkdir(parents=True)
    solved = outcome if isinstance(outcome, int) else None
    found: dict[str, Any] = {"seed": seed, "outcome": "solved" if solved else outcome, "sequences_to_solve": solved}
    files = {}
    if outcome == "failed":
        found |= {"failure": f"Traceback ...\nRuntimeError: {HOSTILE}", "sequences_seen": None}
    else:
        n = solved or 1000
        found |= {"sequences_seen": n, "cpu_seconds": 1.25, "final_last_step_accuracy": 0.9996}
        found |= {"final_per_step_accuracy": 0.5}
        points = np.unique(np.geomspace(1, n, n_points).round())
        rows = np.column_stack([points, points / n, points / n, points / n, 9 / points, 1 / points, points])
        files[store.CURVE] = store.write_curve(folder / store.CURVE, CURVE_COLUMNS, rows)
    store.write_json(folder / store.STARTED, {"started": 1.7e9 + seed * 3600, "command": None})
    store.write_result(folder, found | {"files": files, "config": config, "provenance": MADE_WITH} | changed)


CELLS = {5: [100, 300, "budget"], 6: [200, "diverged", "failed", None]}


def rename(folder: Path, *names: str) -> None:
    """Give the cells of a sweep names."""
    plan = json.loads((folder / store.SWEEP).read_text())
    for cell, name in zip(plan["cells"], names, strict=True):
        cell["name"] = name
    store.write_json(folder / store.SWEEP, plan)


def drawing(name: str = "ecdf") -> Drawing:
    with styled():
        figure = new_figure(2, 1)
        figure.subplots().plot([1, 2])
    return Drawing(name, figure, f"The caption of {name}.", f"What {name} shows.")


def content_of(folder: Path, output: Path | None = None) -> Content:
    return gather(folder, frame(folder), [drawing()], output or folder / write.PAGE)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what others wrote, which takes a second to parse."""
    for name in ("bokeh_script", "datatables_module", "datatables_style"):
        monkeypatch.setattr(assets, name, lambda: "")


class Page(HTMLParser):
    """A page taken apart: every tag with its attributes, scripts, and the texts of its tables' cells."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: list[str] = []
        self._open: list[list[str]] = []
        self._script: str | None = None
        self._in_script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "script":
            self._in_script = True
            self.scripts.append((attributes.get("type"), ""))
        elif tag == "table":
            self._open = self.tables.setdefault(attributes.get("class") or "", [])
        elif tag == "tr":
            self._open.append([])
        elif tag in ("td", "th"):
            self._open[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False
        if tag == "table":
            self._open = []

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
            return
        self.texts.append(data)
        if self._open and self._open[-1]:
            self._open[-1][-1] += data

    def rows(self, name: str) -> list[list[str]]:
        return [[" ".join(text.split()) for text in row] for row in self.tables[name]]

    def json(self) -> list[Any]:
        return [json.loads(text) for kind, text in self.scripts if kind == "application/json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("report") / "a sweep <b>&", CELLS)
    rename(folder, HOSTILE, "two")
    return folder


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return page(content_of(folder))


@pytest.fixture(scope="module")
def parsed(text: str) -> Page:
    return Page(text)


# What it says


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


@pytest.mark.parametrize(
    ("value", "expected"), [(None, ""), (1.0, "1.000"), (0.9999, "0.999"), (0.29, "0.290"), (0, "0.000")]
)
def test_an_accuracy_is_not_rounded_up_to_perfection(value: float | None, expected: str) -> None:
    assert share(value) == expected


# Curves


def curve_of(n: int, **columns: Any) -> pd.DataFrame:
    values = {name: np.linspace(0.1, 0.9, n) for name in CURVE_COLUMNS} | {"sequence": np.arange(1, n + 1)}
    return pd.DataFrame(values | columns)


def test_a_curve_is_kept_short_with_both_ends() -> None:
    kept = compact(curve_of(5000, loss=np.geomspace(1234.567, 0.00123456, 5000)))
    assert [len(column) for column in kept] == [MOST_POINTS] * len(COLUMNS)
    named = dict(zip(COLUMNS, kept, strict=True))
    assert (named["sequence"][0], named["sequence"][-1]) == (1, 5000)
    assert (named["loss"][0], named["loss"][-1]) == (1230, 0.00123)
    assert len(json.dumps(kept, separators=(",", ":"))) < 4500


def test_many_curves_have_fewer_points_each() -> None:
    assert [points_of_each(n) for n in (1, 1000, 4000, 10**6)] == [MOST_POINTS, MOST_POINTS, 30, FEWEST_POINTS]
    assert compact(curve_of(100), 4)[0] == [1, 34, 67, 100]


def test_a_short_curve_is_kept_whole() -> None:
    assert compact(curve_of(3))[0] == [1, 2, 3]
    assert compact(curve_of(1))[0] == [1]


def test_what_cannot_be_drawn_is_left_out() -> None:
    losses = np.array([np.inf, np.nan, 0.0, 2.0])
    named = dict(zip(COLUMNS, compact(curve_of(4, loss=losses, rolling_last_step_accuracy=0.0)), strict=True))
    assert named["loss"] == [None, None, None, 2]
    assert named["rolling_last_step_accuracy"] == [0, 0, 0, 0]


def test_a_point_without_a_sequence_is_left_out(tmp_path: Path) -> None:
    assert compact(curve_of(3, sequence=[1, np.nan, 3]))[0] == [1, 3]
    assert compact(curve_of(2, sequence=np.nan)) == [[]] * len(COLUMNS)
    folder = written(tmp_path, {5: [10]})
    run = next(folder.glob("*/seed=0"))
    header = ",".join(CURVE_COLUMNS)
    content = gzip.compress(f"{header}\nnan,1,1,1,1,1,1\n".encode())
    result = store.read_result(run) or {}
    files = {store.CURVE: hashlib.sha256(content).hexdigest()}
    (run / store.CURVE).write_bytes(content)
    store.write_result(run, result | {"files": files})
    assert frame(folder)["outcome"].tolist() == ["solved"]
    assert content_of(folder).curves == {}


def test_a_curve_in_words() -> None:
    kept = compact(curve_of(12, loss=np.full(12, np.nan), last_step_loss=np.full(12, 0.25)))
    assert in_words(kept) == (
        "12 points. At the last, sequence 12: share of right predictions: training, last step (rolling) 0.9, "
        "held-out, last step 0.9, held-out, every step 0.9; loss of its last step 0.25."
    )


def test_curves_stand_in_the_page_by_the_number_of_their_row(folder: Path, parsed: Page) -> None:
    curves, picture = parsed.json()
    assert sorted(curves["runs"], key=int) == ["0", "1", "2", "3", "4"]  # not those that failed or did not end
    first = curves["runs"]["0"]
    assert first["solved"] == 100
    assert curves["runs"]["2"]["solved"] is None
    assert first["points"][0][-1] == 100
    assert first["points"][1][-1] == 1
    assert [attributes["data-run"] for tag, attributes in parsed.tags if "data-run" in attributes] == list("01234")
    assert {"doc", "root_id"} <= picture.keys()


# Nothing is taken for markup, nothing is fetched


def test_what_a_page_shows_is_never_markup(text: str, parsed: Page) -> None:
    assert [kind for kind, _ in parsed.scripts] == [*["application/json"] * 2, None, *["module"] * 2]
    assert not [attributes for _, attributes in parsed.tags if any(name.startswith("on") for name in attributes)]
    images = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert len(images) == 1
    assert HOSTILE in " ".join(parsed.texts)
    cells = [row[1] for row in parsed.rows("sortable runs")[1:]]
    assert cells[0] == f"{HOSTILE}, p=5"
    for kind, script in parsed.scripts:
        if kind == "application/json":
            assert "<" not in script
            assert "NaN" not in script


def test_the_policy_lets_the_scripts_of_the_page_run_and_no_others(parsed: Page) -> None:
    policy = next(a["content"] for tag, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy")
    allowed = re.findall(r"'sha256-([^']+)'", policy or "")
    run = [script for kind, script in parsed.scripts if kind != "application/json"]
    assert allowed == [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in run]
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[^']+'( 'sha256-[^']+')*", rules["script-src"])  # no address, data: or other


def test_nothing_is_fetched(text: str, parsed: Page) -> None:
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster", "background"):
            value = attributes.get(name)
            if value is not None:
                assert re.match(r"data:|#|[\w.%]+/", value), (tag, name, value)
                assert not value.startswith("//")
        assert tag not in ("iframe", "object", "embed", "base", "audio", "video")
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert "@import" not in styles
    assert not re.search(r"url\((?!\s*[\"']?data:)", styles)


def test_what_everybody_needs_to_read_it(parsed: Page) -> None:
    names = [tag for tag, _ in parsed.tags]
    assert ("html", {"lang": "en"}) in parsed.tags
    assert {"header", "nav", "main", "footer", "title"} <= set(names)
    assert names.count("table") == names.count("caption")
    assert all(a.get("scope") for tag, a in parsed.tags if tag == "th")
    images = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert [image["alt"] for image in images] == ["What ecdf shows."]
    assert "The caption of ecdf." in parsed.texts
    assert all(a["aria-expanded"] == "false" and a["type"] == "button" for tag, a in parsed.tags if tag == "button")
    identifiers = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)


def test_a_figure_is_embedded_as_svg_unless_that_is_large() -> None:
    few, many = drawing(), drawing()
    many.figure.axes[0].plot(np.random.default_rng(0).random(4_000), "o")
    kind, _, svg = image(few).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"<svg" in base64.b64decode(svg)
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", base64.b64decode(svg).decode())
    assert "1.0" in shown
    assert image(many).startswith("data:image/png;base64,")


def test_a_script_cannot_end_early() -> None:
    assert assets.embeddable("a('</script>', '</SCRIPT>')\r\n") == r"a('<\/script>', '<\/SCRIPT>')" + "\n"
    assert assets.embeddable("/<!--/.test('<script>')") == r"/\x3c!--/.test('<script>')"


def test_a_bundle_without_its_export_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_itables", lambda name: "var a=1;export{a as b,c$ as default,d as e};")
    assert assets.datatables_module() == "var a=1;globalThis.DataTable=c$;"
    monkeypatch.setattr(assets, "_itables", lambda name: "var a=1;")
    with pytest.raises(ConfigError, match="itables"):
        assets.datatables_module()


# The command


@pytest.mark.usefixtures("light")
def test_the_command_writes_one_page(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
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
