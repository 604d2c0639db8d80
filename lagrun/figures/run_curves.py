"""The learning curve of one run: accuracies, errors and gradient over training sequences."""

from __future__ import annotations

from collections.abc import Mapping

from lagrun.analysis.stored_run import StoredRun
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.figures.axes import log_axis
from lagrun.figures.drawing import GREY, LINES, MARKERS, Drawing, add_caption, new_figure, styled
from lagrun.figures.run_parts import criterion_in_words, ending, heading, net, set_scale

#: Column of the curve, and what it is called, in each panel.
PANELS = (
    (
        "share right",
        {
            "rolling_last_step_accuracy": "training, last step, rolling",
            "held_out_last_step_accuracy": "held-out, last step",
            "held_out_per_step_accuracy": "held-out, all steps",
        },
    ),
    ("error", {"loss": "sequence", "last_step_loss": "last step"}),
    ("gradient norm", {"gradient_norm": "gradient norm"}),
)


def draw(run: StoredRun) -> Drawing:
    """Draw the learning curve of a run."""
    import numpy as np

    curve, is_log = run.curve, run.experiment.evaluation.curve_every is None
    with styled():
        figure = new_figure(7.5, 6.6)
        panels = figure.subplots(3, sharex=True, height_ratios=[1.5, 1, 1])
        for axes, (unit, columns) in zip(panels, PANELS, strict=True):
            for (column, name), line, marker in zip(_different(run, columns).items(), LINES, MARKERS, strict=False):
                values = curve[column].astype(float).to_numpy()
                drawable = np.isfinite(values) & ((values > 0) | (unit == "share right"))
                if drawable.any():
                    axes.plot(
                        curve["sequence"][drawable], values[drawable], linestyle=line, marker=marker, ms=3.5, label=name
                    )
            axes.set_ylabel(unit)
            if unit == "share right":
                axes.set_ylim(-0.03, 1.05)
                if isinstance(run.experiment.criterion, RollingAccuracy):
                    text = f"solved at {run.experiment.criterion.threshold:g} (rolling)"
                    axes.axhline(run.experiment.criterion.threshold, color=GREY, linewidth=1, linestyle=":", label=text)
            else:
                set_scale(axes, np.array([y for line in axes.lines for y in np.asarray(line.get_ydata())], float))
            if len(axes.lines) > 1:
                axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        if is_log and len(curve):
            log_axis(panels[-1].xaxis, curve["sequence"].iloc[0] / 1.2, curve["sequence"].iloc[-1] * 1.2)
        panels[-1].set_xlabel("training sequences")
        figure.align_ylabels()
        figure.suptitle(heading(run), fontsize=11)
        caption = _caption(run)
        add_caption(figure, caption)
    return Drawing("curves", figure, caption, _alt(run))


def _different(run: StoredRun, columns: Mapping[str, str]) -> dict[str, str]:
    """Columns and their names; equal columns are merged, as happens if only the last step has an error."""
    found: dict[str, str] = {}
    for column, name in columns.items():
        same = next((other for other in found if run.curve[other].equals(run.curve[column])), None)
        if same is None:
            found[column] = name
        else:
            found[same] = f"{found[same]}\n= {name}"
    return found


def _caption(run: StoredRun) -> str:
    window = getattr(run.experiment.criterion, "window", None)
    rolling = f"the last {window:,} training sequences" if window else "the latest training sequences"
    evaluation = run.experiment.evaluation
    return (
        f"Training of {net(run)}: {ending(run)} ({criterion_in_words(run)}). "
        "Top: share of right predictions (largest output) at the last step "
        f"over {rolling}, each made before its update; and of the weights at that moment over "
        f"{evaluation.curve_n_sequences:,} held-out sequences, at the last step and at all steps that have an error. "
        f"Middle: unweighted error of the latest training sequence, and of its last step. Bottom: norm of its gradient."
    )


def _alt(run: StoredRun) -> str:
    if not len(run.curve):
        return f"Three panels without points: {net(run)} has no learning curve."
    first, last = run.curve.iloc[0], run.curve.iloc[-1]
    return (
        f"Three panels over {int(last['sequence']):,} training sequences. The rolling accuracy goes from "
        f"{first['rolling_last_step_accuracy']:.0%} to {last['rolling_last_step_accuracy']:.0%}, the last-step "
        f"accuracy on held-out sequences from {first['held_out_last_step_accuracy']:.0%} to "
        f"{last['held_out_last_step_accuracy']:.0%}, the error of the last step from {first['last_step_loss']:.3g} to "
        f"{last['last_step_loss']:.3g}."
    )
