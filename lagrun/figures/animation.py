"""An animated GIF of a run's training: accuracy, and beside it the outputs at the last step of two sequences."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lagrun.analysis.inspection import Inspection, outputs_over_time
from lagrun.figures.drawing import COLOURS, GREY, add_caption, new_figure, recoloured, styled
from lagrun.figures.last_step import Bars, bars, draw_bars, right_in_words
from lagrun.figures.run_parts import label, net, outcome_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

#: Most frames per second that viewers show: a frame lasts whole hundredths of a second, and at least two.
MOST_FPS = 50
#: How long the last frame stays, in milliseconds; dots per inch; number of colours.
HOLD, DPI, N_COLOURS = 2000, 100, 48


@dataclass(frozen=True)
class Animation:
    """A GIF with its caption and alternative text, as in `lagrun.figures.drawing.Drawing`."""

    name: str
    content: bytes
    caption: str
    alt: str

    @property
    def file(self) -> str:
        """Its file."""
        return f"{self.name}.gif"


def animate(inspection: Inspection, fps: float) -> Animation:
    """Draw each snapshot of a run as a frame; the run must have snapshots with finite weights.

    Parameters
    ----------
    inspection : Inspection
        Of a run with snapshots and a pair of sequences.
    fps : float
        Frames a second, up to `MOST_FPS`; rounded to whole hundredths of a second a frame.
    """
    snapshots = inspection.run.snapshots
    assert snapshots is not None
    assert inspection.pair is not None
    finite = np.flatnonzero(np.isfinite(snapshots.params.flat).all(1))
    sequence, rolling = snapshots.sequence[finite], snapshots.rolling[finite]
    found = bars(
        inspection, outputs_over_time(inspection.run.experiment, snapshots.params.take(finite), inspection.pair), 0
    )
    points = accuracy_points(inspection, sequence, rolling)
    run = inspection.run
    rest = f"; the last bar is {found.rest}" if found.rest else ""
    caption = (
        f"{outcome_in_words(run)}. Left: share of right last predictions over the latest training sequences. "
        f"Right: outputs at the last step of two held-out sequences, the right one hatched{rest}."
    )
    frames = []
    with styled():
        figure = new_figure(8.2, 3.9)
        left, *right = figure.subplots(1, 3, width_ratios=[1.35, 1, 1])
        (line,) = left.plot([], [], color=COLOURS[0])
        (dot,) = left.plot([], [], "o", color=COLOURS[0], clip_on=False, zorder=4)
        dot.set_in_layout(False)  # it has no place yet
        _set_axes(left, int(snapshots.sequence[-1]), getattr(run.experiment.criterion, "threshold", None), inspection)
        drawn = [draw_bars(axes, found.names, found.values[0, which], which) for which, axes in enumerate(right)]
        for which, axes in enumerate(right):
            axes.set_title(label(inspection, which))
            axes.tick_params(axis="x", labelsize=8)
        right[0].set_ylabel("output at the last step")
        right[1].set_yticklabels([])
        title = figure.suptitle(_title(inspection, int(sequence[-1])), x=0.01, ha="left", fontsize=11)
        add_caption(figure, caption)
        _fix_layout(figure)
        recoloured(figure)
        for frame, now in enumerate(sequence):
            shown = points[points[:, 0] <= now]
            line.set_data(shown[:, 0], shown[:, 1])
            dot.set_data(shown[-1:, 0], shown[-1:, 1])
            title.set_text(_title(inspection, int(now)))
            for which, (rectangles, texts) in enumerate(drawn):
                for rectangle, text, height in zip(rectangles, texts, found.values[frame, which], strict=True):
                    rectangle.set_height(height)
                    text.set(y=height + 0.015, text=f"{height:.2f}")
            frames.append(_image(figure))
    start = f"sequence {int(sequence[0]):,}" if sequence[0] else "the initial weights"
    at_the_end = Bars(found.names, found.values[-1], found.rest)
    alt = (
        f"{len(frames)} frames, from {start} to sequence {int(sequence[-1]):,}. At the end: "
        f"{right_in_words(at_the_end, inspection.names)}"
    )
    return Animation("learning", _gif(frames, fps), caption, alt)


def accuracy_points(inspection: Inspection, sequence: np.ndarray, rolling: np.ndarray) -> np.ndarray:
    """Rolling accuracy at the points of the learning curve and at the snapshots, in order: shape (n, 2)."""
    curve = inspection.run.curve
    known = dict(zip(curve["sequence"].astype(int), curve["rolling_last_step_accuracy"].astype(float), strict=True))
    known |= dict(zip(sequence.tolist(), rolling.tolist(), strict=True))
    return np.array([(at, share) for at, share in sorted(known.items()) if np.isfinite(share)]).reshape(-1, 2)


def _set_axes(axes: Axes, n_sequences: int, threshold: float | None, inspection: Inspection) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    from lagrun.criteria.rolling_accuracy import RollingAccuracy

    axes.set_xlim(0, max(n_sequences, 1) * 1.02)
    axes.set_ylim(0, 1.1)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("training sequences")
    axes.set_ylabel("rolling accuracy, last step")
    if threshold is not None and isinstance(inspection.run.experiment.criterion, RollingAccuracy):
        axes.axhline(threshold, color=GREY, linestyle=":", linewidth=1)


def _title(inspection: Inspection, sequence: int) -> str:
    return f"{net(inspection.run)}: sequence {sequence:,}"


def _fix_layout(figure: Figure) -> None:
    """Fix the layout once, so that the frames do not jump."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DPI)
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _image(figure: Figure) -> Image:
    from PIL import Image

    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]
    return Image.fromarray(pixels[..., :3].copy())


def _gif(frames: list[Image], fps: float) -> bytes:
    """Put frames together, with the colours of the last one, and without dithering, which makes files large."""
    from PIL import Image

    palette = frames[-1].quantize(N_COLOURS)
    quantized = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    each = 10 * max(2, round(100 / fps))
    buffer = io.BytesIO()
    quantized[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=quantized[1:],
        duration=[*[each] * (len(frames) - 1), HOLD],
        loop=0,
        optimize=True,
    )
    return buffer.getvalue()
