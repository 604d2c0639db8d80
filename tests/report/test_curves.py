"""Curves of the report: short, whole where they are short, and without what cannot be drawn."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lagrun.analysis.frame import frame
from lagrun.interfaces.run_result import CURVE_COLUMNS
from lagrun.report.curves import COLUMNS, FEWEST_POINTS, MOST_POINTS, compact, in_words, points_of_each
from lagrun.storage import files as store
from tests.report.pages import Page, content_of, written


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
