"""What the units of a net hold during two sequences that end differently, and how far apart that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.figures.drawing import GREY, Drawing, add_caption, new_figure, styled
from lagrun.figures.run_parts import (
    draw_units,
    heading,
    key_in_words,
    mark_key,
    outcome_in_words,
    quantity,
    sequences_in_words,
    set_scale,
    step_axis,
    units_in_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Smallest difference that is drawn, as a share of the largest.
FLOOR = 1e-9


def draw(inspection: Inspection) -> Drawing:
    """Draw every kind of state that the model tells of; its traces must be known."""
    assert inspection.traces is not None
    first, second = inspection.traces
    n_steps = max(len(next(iter(traces.states.values()))) for traces in inspection.traces)
    with styled():
        figure = new_figure(7.5, 2.8 + 2.2 * len(first.states))
        panels = figure.subplots(len(first.states) + 1, sharex=True)
        for axes, name in zip(panels, first.states, strict=False):
            draw_units(axes, inspection, (first.states[name], second.states[name]))
            axes.set_ylabel(name)
        apart = differences(inspection)
        _draw_apart(panels[-1], apart, inspection.unit)
        for axes in panels:
            mark_key(axes, inspection)
        step_axis(panels[-1], n_steps)
        panels[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        figure.align_ylabels()
        figure.suptitle(heading(inspection.run), fontsize=11)
        caption = _caption(inspection, apart)
        add_caption(figure, caption)
    return Drawing("states", figure, caption, _alt(inspection, apart))


def differences(inspection: Inspection) -> np.ndarray:
    """How far apart the first state of each unit is after each step of the shorter sequence, shape (T, n)."""
    assert inspection.traces is not None
    first, second = (next(iter(traces.states.values())) for traces in inspection.traces)
    n_steps = min(len(first), len(second))
    return np.abs(first[:n_steps] - second[:n_steps])


def _draw_apart(axes: Axes, apart: np.ndarray, unit: int) -> None:
    axes.set_ylabel("difference")
    largest = apart.max()
    if largest == 0:
        axes.text(0.5, 0.5, "no difference at any step", transform=axes.transAxes, ha="center", va="center")
        axes.set_yticks([])
        return
    steps, drawn = np.arange(1, len(apart) + 1), np.where(apart > FLOOR * largest, apart, np.nan)
    axes.plot(steps, np.delete(drawn, unit, axis=1), color=GREY, linewidth=0.6, alpha=0.35)
    axes.plot(steps, drawn[:, unit], color="black", marker="." if len(steps) <= 30 else None)
    set_scale(axes, drawn)


def _differs(inspection: Inspection, apart: np.ndarray) -> str:
    """How far the unit in colour is apart after the key, and at the end."""
    unit = inspection.unit
    at_key, at_end = apart[inspection.key_step, unit], inspection.divergence[unit]
    if apart.max() == 0 and inspection.divergence.max() == 0:
        return "no unit differs at any step"
    floor, drawn_until = FLOOR * apart.max(), apart[-1, unit]
    lost = f"; what is below {quantity(floor)} is not drawn" if (apart <= floor)[inspection.key_step :].any() else ""
    words = f"unit {unit + 1} by {quantity(at_key)} right after step {inspection.key_step + 1}"
    if _have_one_length(inspection):
        if inspection.divergence.max() == 0:
            return f"{words}, and no unit in any bit after the last one{lost}"
        return f"{words}, and {quantity(at_end)} after the last one{lost}"
    return (
        f"{words}, and {quantity(drawn_until)} after step {len(apart):,}, the last of the shorter one{lost}; between "
        f"the ends of the two, which are not drawn against each other, it is {quantity(at_end)}"
    )


def _have_one_length(inspection: Inspection) -> bool:
    assert inspection.pair is not None
    return len(set(inspection.pair.lengths.tolist())) == 1


def _caption(inspection: Inspection, apart: np.ndarray) -> str:
    assert inspection.traces is not None
    names = " and ".join(inspection.traces[0].states)
    until = "" if _have_one_length(inspection) else " up to the end of the shorter one"
    return (
        f"{outcome_in_words(inspection.run)}. Top: {names} under the final weights over "
        f"{sequences_in_words(inspection)}; {units_in_words(inspection)}; {key_in_words(inspection)}. Bottom: how "
        f"far the two sequences are apart in each unit, after equally many steps{until}: {_differs(inspection, apart)}."
    )


def _alt(inspection: Inspection, apart: np.ndarray) -> str:
    assert inspection.traces is not None
    unit, name = inspection.unit, next(iter(inspection.traces[0].states))
    ends = [quantity(float(traces.states[name][-1, unit])) for traces in inspection.traces]
    return (
        f"Lines over the steps of two sequences. The {name} of unit {unit + 1} ends at {ends[0]} and {ends[1]}; "
        f"{_differs(inspection, apart)}."
    )
