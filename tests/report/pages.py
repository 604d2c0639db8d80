"""Sweeps to report, written without training, and their pages taken apart."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from lagrun.analysis.frame import frame
from lagrun.figures.drawing import Drawing, new_figure, styled
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.report import write
from lagrun.report.content import Content, gather
from lagrun.storage import files as store
from tests.written_sweeps import say

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


def harmful(folder: Path) -> Path:
    """A sweep whose folder and names would do harm as markup."""
    written(folder / "a sweep <b>&", CELLS)
    say(folder / "a sweep <b>&", "name", [HOSTILE, "two"])
    return folder / "a sweep <b>&"


def drawing(name: str = "ecdf") -> Drawing:
    with styled():
        figure = new_figure(2, 1)
        figure.subplots().plot([1, 2])
    return Drawing(name, figure, f"The caption of {name}.", f"What {name} shows.")


def content_of(folder: Path, output: Path | None = None) -> Content:
    return gather(folder, frame(folder), [drawing()], output or folder / write.PAGE)


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
