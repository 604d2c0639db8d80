"""The picture of states: drawn as computed by hand, and in its words how much two sequences differ."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import states
from tests.trained_runs import by_hand, coloured


def test_states_are_drawn_as_computed_by_hand_and_the_unit_is_the_one_that_differs_most(inspection: Inspection) -> None:
    cells, _, _ = by_hand(inspection.run)
    apart = np.abs(cells[0] - cells[1])
    unit = int(apart[-1].argmax())
    drawing = states.draw(inspection)
    assert np.allclose(coloured(drawing, 0), cells[:, :, unit], atol=1e-9)
    faint = [line.get_ydata() for line in drawing.figure.axes[0].lines if len(line.get_xdata()) == 6]
    assert len(faint) == 8
    difference = next(line for line in drawing.figure.axes[1].lines if line.get_color() == "black")
    assert np.allclose(difference.get_ydata(), apart[:, unit], atol=1e-9)
    for text in (drawing.caption, drawing.alt):
        assert f"{apart[-1, unit]:.2g}" in text.replace(f"{apart[-1, unit]:.2f}", f"{apart[-1, unit]:.2g}")
    assert f"unit {unit + 1} of 4" in drawing.caption
    assert "key x (solid), one with y (dashed)" in drawing.caption


def made_of(run: StoredRun, lengths: tuple[int, int], *states_of: Sequence[float]) -> Inspection:
    """An inspection of a pair with known states, the same in all units."""
    made = Inspection(run)
    assert made.pair is not None
    assert made.traces is not None
    made.pair = replace(made.pair, lengths=np.array(lengths, np.int32))  # type: ignore[misc]
    made.traces = tuple(  # type: ignore[misc,assignment]
        traces._replace(states={"cell state": np.repeat(np.array(values)[:, None], 4, 1)})
        for traces, values in zip(made.traces, states_of, strict=True)
    )
    return made


def test_sequences_of_two_lengths_have_a_difference_at_the_end_of_the_line_and_one_of_their_ends(
    run: StoredRun,
) -> None:
    drawing = states.draw(made_of(run, (3, 4), [1, 1, 1], [0.5, 0.5, 0.75, 3]))
    assert drawing.figure.axes[1].lines[-2].get_ydata()[-1] == 0.25
    for text in (drawing.caption, drawing.alt):
        assert "by 0.50 right after step 1, and 0.25 after step 3, the last of the shorter one; between" in text
        assert "drawn against each other, it is 2.00." in text
    assert "differs most between the two at their own last steps" in drawing.caption


def test_differences_that_are_too_small_to_draw_are_said(run: StoredRun) -> None:
    small = states.draw(made_of(run, (3, 3), [1, 0.5, 2e-12], [0, 0, 0])).caption
    assert "by 1.00 right after step 1, and 2e-12 after the last one; what is below 1e-09 is not drawn." in small
    none = states.draw(made_of(run, (3, 3), [1, 0.5, 0.25], [0, 0, 0.25])).caption
    assert "and no unit in any bit after the last one; what is below 1e-09 is not drawn." in none
    assert "unit 1 of 4, the first one as none differs at the end" in none
    assert "no unit differs at any step." in states.draw(made_of(run, (2, 2), [1, 1], [1, 1])).caption
