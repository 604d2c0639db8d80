"""What the pictures of a run share: the heading, and how two sequences and many units are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.outcome import TASK_KEYS
from lagrun.analysis.solved import holds
from lagrun.analysis.stored_run import StoredRun
from lagrun.config.identity import leaves
from lagrun.config.variants import variant_name
from lagrun.criteria.max_abs_error import MaxAbsError
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.figures.axes import log_axis
from lagrun.figures.drawing import COLOURS, GREY, LINES
from lagrun.interfaces.run_result import BUDGET, DIVERGED, SOLVED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most steps of a sequence for which each step has a mark.
MARKED = 30

#: Number of characters of a title that fit on a line.
LINE = 72

#: Ratio of the largest to the smallest value above which an axis is logarithmic.
WIDE = 30
#: Factor by which such an axis goes beyond its values, at both ends.
ROOM = 1.5

#: What an outcome is called, before the number of training sequences.
WORDS = {SOLVED: "solved after", BUDGET: "not solved within", DIVERGED: "diverged after"}


def net(run: StoredRun) -> str:
    """The net, its task and its seed, such as ``lstm on noise_free, p = 100, seed 7``."""
    config = run.result["config"]
    lags = [f"{key} = {config['task'][key]}" for key in TASK_KEYS if key in config["task"]]
    options = run.result.get("options") or {}
    model, task = (variant_name(config[group], options.get(group)) for group in ("model", "task"))
    return ", ".join([f"{model} on {task}", *lags, f"seed {run.seed}"])


def ending(run: StoredRun) -> str:
    """How it ended, such as ``solved after 298 training sequences``."""
    return f"{WORDS[run.result['outcome']]} {run.result['sequences_seen']:,} training sequences"


def criterion_in_words(run: StoredRun) -> str:
    """When the run would be, or is, solved: its criterion with its threshold, for a caption."""
    criterion = run.experiment.criterion
    if isinstance(criterion, RollingAccuracy):
        return (
            f"solved is: at least {100 * criterion.threshold:g}% of the last {criterion.window:,} training sequences "
            "end with a right prediction"
        )
    if isinstance(criterion, MaxAbsError):
        where = "at every scored step" if criterion.place == "every_step" else "at the last step"
        return (
            f"solved is: largest absolute output error below {criterion.threshold:g} {where} of "
            f"{criterion.n_sequences:,} random sequences, tested every {criterion.check_every:,} training sequences"
        )
    threshold = getattr(criterion, "threshold", None)
    at = f" at {threshold:g}" if isinstance(threshold, int | float) else ""
    return f"criterion: {type(criterion).__name__}{at}"


def outcome_in_words(run: StoredRun) -> str:
    """The net, how it ended, and by which criterion, for a caption."""
    broken = holds(run.result | dict(leaves(run.result["config"]))) is False
    doubt = "; its final weights, which are shown, no longer hold that" if broken else ""
    return f"{net(run)}, {ending(run)} ({criterion_in_words(run)}{doubt})"


def heading(run: StoredRun) -> str:
    """The title of a picture, on two lines where one is too short.

    It names a criterion that asks for more than right predictions: all shares may be 100% without meeting it.
    """
    criterion = run.experiment.criterion
    asked = f" (output errors < {criterion.threshold:g})" if isinstance(criterion, MaxAbsError) else ""
    words = f"{net(run)}: {ending(run)}{asked}"
    return words if len(words) <= LINE else f"{net(run)}:\n{ending(run)}{asked}"


def sequences_in_words(inspection: Inspection) -> str:
    """The pair of sequences, for a caption."""
    first, second = inspection.names
    if inspection.are_keys:
        return f"two held-out sequences, one with the key {first} (solid), one with {second} (dashed)"
    return f"two held-out sequences, one that ends in {first} (solid), one in {second} (dashed)"


def label(inspection: Inspection, which: int) -> str:
    """One of the pair, for a legend."""
    return f"{'key' if inspection.are_keys else 'ends in'} {inspection.names[which]}"


def key_in_words(inspection: Inspection) -> str:
    """The dotted line, for a caption."""
    what = "the key" if inspection.are_keys else "the first input that differs"
    return f"dotted line: step {inspection.key_step + 1}, {what}"


def draw_units(axes: Axes, inspection: Inspection, values: tuple[np.ndarray, np.ndarray], faint: bool = True) -> None:
    """Draw values of all units in both sequences, arrays of shape (T, n), the unit that differs most in colour."""
    unit = inspection.unit
    for which, (array, colour, line) in enumerate(zip(values, COLOURS, LINES, strict=False)):
        steps = np.arange(1, len(array) + 1)
        if faint:
            axes.plot(steps, np.delete(array, unit, axis=1), color=GREY, linewidth=0.6, alpha=0.35, linestyle=line)
        marker = "os"[which] if len(array) <= MARKED else None
        text = f"unit {unit + 1}, {label(inspection, which)}"
        axes.plot(
            steps, array[:, unit], color=colour, linestyle=line, marker=marker, markersize=4, label=text, zorder=3
        )


def mark_key(axes: Axes, inspection: Inspection) -> None:
    """Draw the dotted line at the step of the key."""
    axes.axvline(inspection.key_step + 1, color="black", linewidth=1, linestyle=":", zorder=1)


def step_axis(axes: Axes, n_steps: int) -> None:
    """Number the steps from 1."""
    from matplotlib.ticker import MaxNLocator

    round_numbers = MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]).tick_values(1, n_steps)
    axes.set_xticks([1, *(tick for tick in round_numbers if 1 + 0.03 * n_steps < tick <= n_steps)])
    margin = max(0.3, 0.015 * n_steps)
    axes.set_xlim(1 - margin, n_steps + margin)
    axes.set_xlabel("step of the sequence")


def set_scale(axes: Axes, values: np.ndarray) -> None:
    """Make an axis for positive values logarithmic, if they differ much; else let it begin at 0."""
    positive = values[np.isfinite(values) & (values > 0)]
    if len(positive) and positive.min() * WIDE < positive.max() and not (values == 0).any():
        log_axis(axes.yaxis, positive.min() / ROOM, positive.max() * ROOM, n_most=6)
    elif len(positive):
        axes.set_ylim(0, 1.1 * positive.max())


def last_step_in_words(inspection: Inspection) -> str:
    """The last step of the pair in words; the sequences have different last steps if their lengths differ."""
    assert inspection.pair is not None
    return "the last step" if len(set(inspection.pair.lengths.tolist())) == 1 else "their own last steps"


def units_in_words(inspection: Inspection) -> str:
    """The unit in colour, for a caption."""
    n = len(inspection.divergence)
    if n == 1:
        return "the only unit"
    why = f"whose state differs most between the two at {last_step_in_words(inspection)}"
    if inspection.divergence.max() == 0:
        why = "the first one as none differs at the end"
    return (
        f"in colour unit {inspection.unit + 1} of {n}, {why}, in grey {f'the other {n - 1}' if n > 2 else 'the other'}"
    )


def quantity(value: float) -> str:
    """A measured number with two or three digits."""
    if value == 0:
        return "0"
    return f"{value:.2f}" if 0.01 <= abs(value) < 100 else f"{value:.2g}"
