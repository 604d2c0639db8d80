"""All figures of a sweep: they have texts that stand alone, whatever the sweep is."""

from __future__ import annotations

from lagrun.figures.sweep import sweep_figures
from tests.figures.frames import BUDGET, frame_of, grid_runs


def test_all_figures_that_apply_have_texts_that_stand_alone(tmp_path):
    drawings = sweep_figures(tmp_path, grid_runs())
    assert [drawing.name for drawing in drawings] == ["ecdf", "strip", "lag", "heat_map"]
    for drawing in drawings:
        assert "Task noise_free" in drawing.caption
        assert "budget 1,000 training sequences" in drawing.caption
        assert "2 of 2 solved" in drawing.alt
        assert "share" in drawing.caption.lower() or "sequences to the solution" in drawing.caption


def test_every_figure_keeps_its_promises_for_odd_sweeps(tmp_path):
    for runs in (
        frame_of([({"task.p": 5}, ["failed", "unfinished"])]),
        frame_of([]),
    ):
        assert sweep_figures(tmp_path, runs) == []
    for outcomes in ([1, 1], ["budget"] * 2, ["diverged"] * 2, [BUDGET, "budget"]):
        runs = frame_of(
            [({"task.p": 5}, outcomes), ({"task.p": 6, "budget": 2000}, outcomes), ({"task.p": 7}, ["failed"])]
        )
        assert [drawing.name for drawing in sweep_figures(tmp_path, runs)] == ["ecdf", "strip", "lag"]
