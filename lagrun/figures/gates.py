"""What the gates of a net do during two sequences that end differently."""

from __future__ import annotations

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.figures.drawing import Drawing, add_caption, new_figure, styled
from lagrun.figures.run_parts import (
    draw_units,
    heading,
    key_in_words,
    mark_key,
    outcome_in_words,
    quantity,
    sequences_in_words,
    step_axis,
    units_in_words,
)
from lagrun.interfaces.plain_loop import Traces


def draw(inspection: Inspection) -> Drawing:
    """Draw every kind of gate; the model must have some."""
    assert inspection.traces is not None
    first, second = inspection.traces
    n_steps = max(len(next(iter(traces.gates.values()))) for traces in inspection.traces)
    with styled():
        figure = new_figure(7.5, 1.9 + 1.6 * len(first.gates))
        panels = figure.subplots(len(first.gates), sharex=True, squeeze=False)[:, 0]
        for axes, name in zip(panels, first.gates, strict=True):
            draw_units(axes, inspection, (first.gates[name], second.gates[name]))
            mark_key(axes, inspection)
            axes.set_ylim(-0.05, 1.05)
            axes.set_ylabel(f"{name}\n(1 keeps)" if _keeps(first, name) else name)
        step_axis(panels[-1], n_steps)
        panels[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        figure.align_ylabels()
        figure.suptitle(heading(inspection.run), fontsize=11)
        caption = (
            f"{outcome_in_words(inspection.run)}. Activations of the gates under the final weights over "
            f"{sequences_in_words(inspection)}: {_scale(first)}; "
            f"{units_in_words(inspection)}; {key_in_words(inspection)}. {_measured(inspection)}"
        )
        add_caption(figure, caption)
    return Drawing(
        "gates", figure, caption, f"A panel a gate, over the steps of two sequences. {_measured(inspection)}"
    )


def _keeps(traces: Traces, name: str) -> bool:
    """Whether the gate keeps the state where it is 1: then 1 minus the gate is how much the unit takes in."""
    return any(np.array_equal(values, 1 - traces.gates[name]) for values in traces.taken_in.values())


def _scale(traces: Traces) -> str:
    """What the ends of the scale mean, for each kind of gate."""
    keep = [name for name in traces.gates if _keeps(traces, name)]
    others = [name for name in traces.gates if name not in keep]
    if not keep:
        return "0 is shut, 1 is open"
    words = [f"{' and '.join(keep)}: 1 keeps the state, 0 replaces it"]
    return "; ".join([*words, *([f"{' and '.join(others)}: 0 is shut, 1 is open"] if others else [])])


def _measured(inspection: Inspection) -> str:
    """The gates of the unit in colour: at the key, in the mean of the steps between, and at the last step."""
    assert inspection.traces is not None
    key, unit, words = inspection.key_step, inspection.unit, []
    for name in inspection.traces[0].gates:
        values = [traces.gates[name][:, unit] for traces in inspection.traces]
        between = [value[key + 1 : -1] for value in values]
        n_between = sum(map(len, between))
        mean = f"{quantity(sum(map(float, map(sum, between))) / n_between)} between, " if n_between else ""
        at_key, at_end = (sum(float(value[step]) for value in values) / 2 for step in (key, -1))
        words.append(f"{name} {quantity(at_key)} at step {key + 1}, {mean}{quantity(at_end)} at the last step")
    return f"Unit {unit + 1}, mean of both sequences: {'; '.join(words)}."
