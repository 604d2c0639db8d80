"""Which steps of the sequence a net has learnt, and whether it takes in the key: what is missing where it fails."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.analysis.inspection import LEARNT, Inspection, Steps, output_name
from lagrun.criteria.max_abs_error import MaxAbsError
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, new_figure, styled
from lagrun.figures.run_parts import MARKED, heading, label, outcome_in_words, quantity, set_scale, step_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(inspection: Inspection) -> Drawing:
    """Draw accuracy and error of each step, accuracy by the last target, and what is taken in at the key."""
    intake = inspection.intake
    names = _above(inspection)
    with styled():
        figure = new_figure(7.5, 3.9 + 1.6 * len(names))
        below = ["endings", "intake"] if intake else ["endings"]
        above = [[row] * len(below) for row in names]
        layout: Any = [*above, below]
        panels = figure.subplot_mosaic(
            layout, height_ratios=[*(1 for _ in above), 1.5], width_ratios=[1, 1.7][: len(below)]
        )
        if names:
            _draw_steps({name: panels[name] for name in names}, inspection)
        _draw_endings(panels["endings"], inspection)
        if intake:
            _draw_intake(panels["intake"], inspection)
        figure.suptitle(heading(inspection.run), fontsize=11)
        caption = _caption(inspection)
        add_caption(figure, caption)
    return Drawing("steps", figure, caption, _measured(inspection))


def _asked(inspection: Inspection) -> MaxAbsError | None:
    """The run's criterion, if it asks for small output errors."""
    criterion = inspection.run.experiment.criterion
    return criterion if isinstance(criterion, MaxAbsError) else None


def _above(inspection: Inspection) -> list[str]:
    """Panels with a point a step."""
    if len(inspection.steps.number) == 1:
        return []
    return ["accuracy", "largest", "error"] if _asked(inspection) else ["accuracy", "error"]


def _draw_steps(panels: Mapping[str, Axes], inspection: Inspection) -> None:
    steps, asked = inspection.steps, _asked(inspection)
    marker = "." if len(steps.number) <= MARKED else None
    drawn = {"accuracy": steps.right, "largest": steps.largest_error, "error": steps.loss}
    for name, axes in panels.items():
        axes.plot(steps.number, drawn[name], color=COLOURS[0], marker=marker)
        axes.plot(steps.number[-1:], drawn[name][-1:], "o", color=COLOURS[1], ms=7, label="last step", clip_on=False)
        step_axis(axes, int(steps.number[-1]))
        if name != "error":
            axes.set_xlabel("")
    accuracy = panels["accuracy"]
    accuracy.set_ylim(-0.04, 1.06)
    accuracy.set_ylabel("share right")
    accuracy.legend(loc="lower right", bbox_to_anchor=(1, 1))
    if asked:
        axes = panels["largest"]
        axes.set_ylim(0, 1.1 * max(float(steps.largest_error.max()), asked.threshold))
        axes.set_ylabel("largest\noutput error")
        (line,) = axes.plot([0, 1], [asked.threshold] * 2, **_threshold(asked), transform=axes.get_yaxis_transform())
        axes.legend(handles=[line], loc="lower right", bbox_to_anchor=(1, 0.98))
    else:
        accuracy.axhline(LEARNT, color=GREY, linestyle=":", linewidth=1)
    panels["error"].set_ylabel("mean error")
    set_scale(panels["error"], steps.loss)


def _threshold(asked: MaxAbsError) -> dict[str, Any]:
    """How its dotted line looks, and what it is called."""
    where = ", last step alone" if asked.place == "end" else ""
    return {"color": "black", "linestyle": ":", "linewidth": 1.2, "label": f"solved below {asked.threshold:g}{where}"}


def _draw_endings(axes: Axes, inspection: Inspection) -> None:
    """Bars of the share of right last predictions by what the sequence ends in; the ten most frequent."""
    steps = inspection.steps
    chosen = np.sort(np.argsort(-steps.n_of_target, kind="stable")[:10])
    names = [output_name(inspection.run.experiment, int(target)) for target in steps.last_targets[chosen]]
    heights = steps.right_of_target[chosen]
    axes.bar(range(len(chosen)), heights, color=COLOURS[0], width=0.6)
    for i, height in enumerate(heights):
        axes.text(i, height + 0.02, f"{height:.0%}", ha="center", va="bottom", fontsize=9)
    axes.set_xticks(range(len(chosen)), [f"{n}\n({k})" for n, k in zip(names, steps.n_of_target[chosen], strict=True)])
    axes.set_xlim(-0.7, len(chosen) - 0.3)
    axes.set_ylim(0, 1.15)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.grid(axis="x", visible=False)
    axes.set_ylabel("last step, share right")
    if asked := _asked(inspection):
        errors = steps.largest_error_of_target[chosen]
        places = np.arange(len(chosen))
        axes.plot(places, errors, "D", color=COLOURS[1], mec="black", ms=6, label="largest output error", clip_on=False)
        axes.axhline(asked.threshold, **_threshold(asked))
        axes.set_ylabel("last step:\nshare right, error")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.03, 1), fontsize=8)
    axes.set_xlabel("the sequence ends in (number of them)")


def _draw_intake(axes: Axes, inspection: Inspection) -> None:
    from matplotlib.ticker import MaxNLocator

    assert inspection.intake is not None
    name, at_key, elsewhere = inspection.intake
    units = np.arange(1, at_key.shape[1] + 1)
    low, middle, high = np.quantile(elsewhere, [0.1, 0.5, 0.9], axis=0)
    axes.vlines(units, low, high, color=GREY, linewidth=4, alpha=0.5, label="other steps, 10-90%")
    axes.plot(units, middle, "_", color="black", ms=9, mew=1.5, label="other steps, median")
    step = "" if inspection.are_keys else f"step {inspection.key_step + 1}, "
    axes.plot(units, at_key[0], "D", color=COLOURS[0], ms=6, label=f"{step}{label(inspection, 0)}")
    axes.plot(units, at_key[1], "s", mec=COLOURS[1], mfc="none", ms=7, mew=1.8, label=f"{step}{label(inspection, 1)}")
    axes.set_xticks(units if len(units) <= 20 else MaxNLocator(8, integer=True).tick_values(1, len(units))[1:])
    axes.set_xlim(0.4, len(units) + 0.6)
    assert inspection.traces is not None
    top = 1.0 if inspection.traces[0].taken_in else max(float(high.max()), float(at_key.max())) or 1.0
    axes.set_ylim(-0.05 * top, 1.08 * top)
    axes.set_xlabel("unit")
    axes.set_ylabel(textwrap.fill(name, 18))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=8, handletextpad=0.2, columnspacing=0.8)


def _is_key(inspection: Inspection) -> str:
    return " (key)" if inspection.are_keys else ""


def _measured(inspection: Inspection) -> str:
    """What is learnt and what is not, in numbers."""
    steps, n = inspection.steps, int(inspection.held_out.counts.sum())
    words = []
    if len(steps.number) > 1:
        before, n_learnt = len(steps.number) - 1, int((steps.right[:-1] >= LEARNT).sum())
        words.append(
            f"Steps before the last that are predicted right in at least {LEARNT:.0%} of {n:,} held-out sequences: "
            f"{n_learnt:,} of {before:,}."
        )
    if asked := _asked(inspection):
        words.append(_beyond(steps, asked, n))
    names = [output_name(inspection.run.experiment, int(target)) for target in steps.last_targets]
    pairs = [
        f"{share:.0%} of those that end in {name}" for name, share in zip(names, steps.right_of_target, strict=True)
    ]
    by_ending = f": {', '.join(pairs)}" if 1 < len(pairs) <= 4 else ""
    words.append(f"The last step is right in {steps.last_right:.0%} of {n:,}{by_ending}.")
    if len(names) > 1:
        words.append(f"Always giving the most frequent answer would be right in {steps.guessing:.0%}.")
    if inspection.intake:
        name, at_key, elsewhere = inspection.intake
        n_above = int((at_key.max(0) > np.quantile(elsewhere, 0.9, axis=0)).sum())
        words.append(
            f"At step {inspection.key_step + 1}{_is_key(inspection)} of at least one of two sequences the {name} is "
            f"above that of nine tenths of the other steps in {n_above} of {at_key.shape[1]} units; its mean is "
            f"{quantity(float(at_key.mean()))} there, and {quantity(float(elsewhere.mean()))} elsewhere."
        )
    return " ".join(words)


def _beyond(steps: Steps, asked: MaxAbsError, n: int) -> str:
    """At how many steps an output is too far off; an error that is no number is."""
    at_end = f"{quantity(float(steps.largest_error_of_target.max()))} at the last step"
    if len(steps.number) == 1:
        return f"The largest absolute output error over {n:,} held-out sequences is {at_end}."
    beyond = ~(steps.largest_error < asked.threshold)
    worst = int(steps.largest_error.argmax())
    most = f"{quantity(float(steps.largest_error[worst]))} at step {steps.number[worst]:,}"
    return (
        f"The largest absolute output error over {n:,} held-out sequences is not below {asked.threshold:g} at "
        f"{int(beyond.sum()):,} of {len(beyond):,} scored steps; it is {at_end}, and at most {most}."
    )


def _caption(inspection: Inspection) -> str:
    asked, above = _asked(inspection), ""
    if _above(inspection) and asked:
        above = (
            "Top: share of right predictions (largest output), largest absolute error of an output in any held-out "
            f"sequence (dotted: {asked.threshold:g}), and mean error of each step under the final weights. "
        )
    elif _above(inspection):
        above = (
            f"Top: share of right predictions (largest output; dotted: {LEARNT:.0%}) and mean error of each step under "
            "the final weights. "
        )
    below = "share of right last predictions by what the sequence ends in"
    if asked:
        below += f" (bars), and the largest absolute output error there (diamonds; dotted: {asked.threshold:g})"
    if inspection.intake:
        below += f"; and the {inspection.intake[0]} of each unit, over two sequences that end differently"
    first = "Bottom: " if above else "Under the final weights: "
    return f"{outcome_in_words(inspection.run)}. {above}{first}{below}. {_measured(inspection)}"
