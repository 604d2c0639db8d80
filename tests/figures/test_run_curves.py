"""The curves of one run: those that are stored, without what a logarithm has no place for."""

from dataclasses import replace

import numpy as np
import pandas as pd

from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import run_curves
from lagrun.storage import files


def test_curves_are_the_stored_ones(run: StoredRun) -> None:
    stored = pd.read_csv(run.folder / files.CURVE, dtype=str).astype(float)  # as exact as Python reads them
    drawing = run_curves.draw(run)
    top, middle, bottom = drawing.figure.axes
    assert np.array_equal(top.lines[0].get_ydata(), stored["rolling_last_step_accuracy"])
    assert np.array_equal(middle.lines[1].get_ydata(), stored["last_step_loss"])
    assert np.array_equal(bottom.lines[0].get_xdata(), stored["sequence"])
    assert "not solved within 9 training sequences" in drawing.caption


def test_what_a_logarithm_has_no_place_for_is_left_out_of_the_curves(run: StoredRun) -> None:
    curve = run.curve.copy()
    curve["gradient_norm"] = [0.0, 1e-6, *[2.0] * (len(curve) - 2)]
    curve["rolling_last_step_accuracy"] = 0.0
    top, _, bottom = run_curves.draw(replace(run, curve=curve)).figure.axes
    assert np.array_equal(bottom.lines[0].get_xdata(), curve["sequence"][1:])
    assert bottom.get_yscale() == "log"
    assert len(top.lines[0].get_xdata()) == len(curve)  # a share of 0 is drawn
