"""The animation: a frame for each snapshot, and in each what is known by then."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lagrun.analysis.inspection import Inspection, outputs_over_time
from lagrun.figures import animation
from lagrun.training.streams import generator
from tests.trained_runs import by_hand, frames_of


def test_the_animation_has_a_frame_for_each_snapshot_and_holds_the_last(inspection: Inspection) -> None:
    run = inspection.run
    assert run.snapshots is not None
    assert run.snapshots.sequence.tolist() == [0, 2, 4, 6, 8, 9]
    made = animation.animate(inspection, fps=8)
    pixels, durations = frames_of(made.content)
    assert durations == [120] * 5 + [2000]
    assert len({frame.tobytes() for frame in pixels}) == 6
    assert len(made.content) < 100_000
    assert "6 frames, from the initial weights to sequence 9" in made.alt


def test_each_frame_shows_what_is_known_by_then(inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = inspection.run.snapshots
    assert snapshots is not None
    assert inspection.pair is not None
    frames = []

    def look(figure: Any) -> Image.Image:
        left, *right = figure.axes[:3]
        heights = [[bar.get_height() for bar in axes.patches] for axes in right]
        frames.append((np.array(left.lines[0].get_data()), left.lines[1].get_xdata(), heights))
        return Image.new("RGB", (1, 1))

    monkeypatch.setattr(animation, "_image", look)
    some = replace(snapshots, sequence=snapshots.sequence[1:], rolling=snapshots.rolling[1:])
    some = replace(some, params=snapshots.params.take(np.arange(1, 6)))
    late = Inspection(replace(inspection.run, snapshots=some))  # as of a run that was resumed with snapshots
    made = animation.animate(late, fps=8)
    assert "5 frames, from sequence 2 to sequence 9" in made.alt
    outputs = outputs_over_time(late.run.experiment, some.params, inspection.pair)
    for now, rows, (line, dot, heights) in zip(some.sequence, outputs, frames, strict=True):
        assert line[0].tolist() == [at for at in range(1, 10) if at <= now]
        assert dot.tolist() == [now]
        assert np.allclose(np.array(heights)[:, :2], rows[:, -2:], atol=1e-9)
    assert len({str(heights) for _, _, heights in frames}) == 5


def test_the_animation_shows_the_weights_of_each_moment(inspection: Inspection) -> None:
    run = inspection.run
    assert run.snapshots is not None
    assert inspection.pair is not None
    outputs = outputs_over_time(run.experiment, run.snapshots.params, inspection.pair)
    assert np.allclose(outputs[-1], by_hand(run)[2], atol=1e-9)
    start = run.experiment.model.init([generator(2, "init")], 7, 7, "float64")
    assert np.allclose(outputs[0], by_hand(replace(run, params=start))[2], atol=1e-9)
    points = animation.accuracy_points(inspection, run.snapshots.sequence, run.snapshots.rolling)
    curve = dict(run.curve[["sequence", "rolling_last_step_accuracy"]].itertuples(index=False))
    assert {0, *points[:, 0]} >= {*curve, *run.snapshots.sequence}
    assert all(curve.get(at, share) == share for at, share in points)
