"""What the outputs say at the last step of two sequences that end differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lagrun.analysis.inspection import Inspection, output_name, shown_outputs
from lagrun.figures.drawing import COLOURS, GREY, Drawing, add_caption, new_figure, styled
from lagrun.figures.run_parts import heading, label, outcome_in_words, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Number of outputs with a bar of their own, in addition to the right ones.
OTHERS = 3


@dataclass(frozen=True)
class Bars:
    """The bars that are drawn for the outputs.

    Attributes
    ----------
    names : list of str
        Of the bars: some outputs, and the rest together.
    values : np.ndarray, shape (..., 2, n)
        Their heights for both sequences of a pair.
    rest : str
        What the last bar is, for a caption; empty if there is none.
    """

    names: list[str]
    values: np.ndarray
    rest: str


def bars(inspection: Inspection, outputs: np.ndarray, n_others: int = OTHERS) -> Bars:
    """Choose what to draw of outputs, shape (..., 2, K).

    The right outputs come first, in the order of the pair; then the largest others; then the rest: their sum, if all
    outputs always add up to 1, else the largest of them.
    """
    assert inspection.pair is not None
    targets = [int(target) for target in inspection.pair.targets[inspection.pair.last]]
    shown = shown_outputs(outputs, targets, n_others)
    names = [output_name(inspection.run.experiment, unit) for unit in shown]
    left = np.delete(outputs, shown, axis=-1)
    if left.shape[-1] == 0:
        return Bars(names, outputs[..., shown], "")
    n, adds_up = left.shape[-1], np.allclose(outputs.sum(-1), 1, atol=1e-4)
    rest = left.sum(-1) if adds_up else left.max(-1)
    words = f"the sum of the {n} other outputs" if adds_up else f"the largest of the {n} other outputs"
    name = f"{n} others\n({'sum' if adds_up else 'largest'})"
    return Bars([*names, name], np.concatenate([outputs[..., shown], rest[..., None]], axis=-1), words)


def draw_bars(axes: Axes, names: Sequence[str], heights: np.ndarray, right: int) -> tuple[Any, list[Any]]:
    """Draw one sequence's bars, the right one in colour, and return them and the numbers above."""
    colours = [COLOURS[0] if i == right else "#BBBBBB" for i in range(len(names))]
    drawn = axes.bar(range(len(names)), heights, color=colours, edgecolor=GREY, linewidth=0.8)
    drawn[right].set(edgecolor="black", linewidth=1.6, hatch="//")
    axes.set_xticks(range(len(names)), [f"{n}\n(right)" if i == right else n for i, n in enumerate(names)], fontsize=9)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(0, 1.1)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.grid(axis="x", visible=False)
    texts = [
        axes.text(i, height + 0.015, f"{height:.2f}", ha="center", va="bottom", fontsize=9)
        for i, height in enumerate(heights)
    ]
    return drawn, texts


def draw(inspection: Inspection) -> Drawing:
    """Draw the outputs at the last step of both sequences."""
    found = bars(inspection, inspection.outputs)
    with styled():
        figure = new_figure(7.5, 3.9)
        for which, axes in enumerate(figure.subplots(1, 2, sharey=True)):
            draw_bars(axes, found.names, found.values[which], which)
            axes.set_title(label(inspection, which))
        figure.axes[0].set_ylabel("output at the last step")
        figure.suptitle(heading(inspection.run), fontsize=11)
        caption = _caption(inspection, found)
        add_caption(figure, caption)
    return Drawing("last_step", figure, caption, f"Two groups of bars. {_measured(inspection, found)}")


def right_in_words(found: Bars, names: Sequence[str]) -> str:
    """What the right outputs say, and what the other of the two says in their place."""
    own = [quantity(float(found.values[which, which])) for which in (0, 1)]
    other = [quantity(float(found.values[which, 1 - which])) for which in (0, 1)]
    first, second = names
    return (
        f"In the sequence that ends in {first}, output {first} is {own[0]} and {second} {other[0]}; "
        f"in the one that ends in {second}, output {second} is {own[1]} and {first} {other[1]}."
    )


def _measured(inspection: Inspection, found: Bars) -> str:
    right = [
        int(outputs.argmax()) == target
        for outputs, target in zip(inspection.outputs, _targets(inspection), strict=True)
    ]
    words = {2: "Both are answered right", 1: "One of the two is answered right", 0: "Neither is answered right"}
    return f"{words[sum(right)]} (largest output). {right_in_words(found, inspection.names)}"


def _targets(inspection: Inspection) -> list[int]:
    assert inspection.pair is not None
    return [int(target) for target in inspection.pair.targets[inspection.pair.last]]


def _caption(inspection: Inspection, found: Bars) -> str:
    rest = f"; the last bar is {found.rest}" if found.rest else ""
    n_others = len(found.names) - 2 - bool(found.rest)
    others = f", and the {n_others} largest others" if n_others else ""
    return (
        f"{outcome_in_words(inspection.run)}. Outputs under the final weights at the last step of two "
        f"held-out sequences: the two that may be right{others}{rest}. The right one is hatched. "
        f"{_measured(inspection, found)}"
    )
