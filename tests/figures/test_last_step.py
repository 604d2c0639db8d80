"""The picture of the last step: outputs as computed by hand, and the same in words."""

import numpy as np
from matplotlib.colors import to_rgb

from lagrun.analysis.inspection import Inspection
from lagrun.figures import last_step
from lagrun.figures.drawing import COLOURS
from tests.trained_runs import by_hand


def test_bars_are_the_outputs_computed_by_hand_and_the_right_ones_are_marked(inspection: Inspection) -> None:
    _, _, outputs = by_hand(inspection.run)
    drawing = last_step.draw(inspection)
    for which, axes in enumerate(drawing.figure.axes):
        heights = [bar.get_height() for bar in axes.patches]
        assert np.allclose(heights[:2], outputs[which, -2:], atol=1e-9)
        others = np.sort(outputs[which, :-2])
        assert np.isclose(sum(heights[2:]), others.sum())
        assert len(heights) == 6
        assert [i for i, bar in enumerate(axes.patches) if bar.get_hatch()] == [which]
        assert [i for i, bar in enumerate(axes.patches) if bar.get_facecolor()[:3] == to_rgb(COLOURS[0])] == [which]
        assert [text.get_text() for text in axes.texts] == [f"{height:.2f}" for height in heights]
        assert [label.get_text() for label in axes.get_xticklabels()][which] == f"{'xy'[which]}\n(right)"
    right = sum(int(row.argmax()) == 5 + which for which, row in enumerate(outputs))
    assert {0: "Neither is", 1: "One of the two is", 2: "Both are"}[right] in drawing.caption


def test_words_on_the_last_step_give_each_output_in_each_sequence() -> None:
    words = last_step.right_in_words(last_step.Bars(["x", "y"], np.array([[0.7, 0.1], [0.4, 0.2]]), ""), ["x", "y"])
    assert words == (
        "In the sequence that ends in x, output x is 0.70 and y 0.10; "
        "in the one that ends in y, output y is 0.20 and x 0.40."
    )
