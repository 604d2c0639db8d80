"""Figures of the benchmark: cost against the lag, and throughput against the number of seeds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scripts.bench.cases import COMPILED, JAX_AUTODIFF, JAX_HANDWRITTEN, LSTM, NUMPY, PLAIN, TORCH_BMM, TORCH_LSTM
from scripts.bench.measure import Measurement
from scripts.bench.report import best
from scripts.bench.roofline import Roofline

#: Colour (Okabe & Ito's, told apart by colour-blind readers) and marker of each.
STYLES = {
    PLAIN: ("#000000", "o"),
    NUMPY: ("#0072B2", "s"),
    COMPILED: ("#D55E00", "D"),
    TORCH_LSTM: ("#CC79A7", "v"),
    TORCH_BMM: ("#E69F00", "^"),
    JAX_AUTODIFF: ("#56B4E9", "<"),
    JAX_HANDWRITTEN: ("#009E73", ">"),
}


def cost_against_lag(measurements: Sequence[Measurement], rooflines: Sequence[Roofline], path: Path) -> bool:
    """Draw microseconds a sequence of everyone's best number of seeds; False if there is only one lag."""
    lstm = [m for m in measurements if m.candidate.case == LSTM]
    lags, dtypes = sorted({m.candidate.p for m in lstm}), _dtypes(lstm)
    if len(lags) < 2:
        return False
    figure, panels = _panels(dtypes)
    for panel, dtype in zip(panels, dtypes, strict=True):
        for engine in STYLES:
            found = [(p, m) for p in lags if (m := best(lstm, [engine], p, dtype))]
            if found:
                _line(panel, engine, [p for p, _ in found], [1e6 / m.rates for _, m in found])
        parts = [(roofline.p, roofline.total) for roofline in rooflines if roofline.dtype == dtype]
        panel.plot(*zip(*parts, strict=True), "--", color="#666666", label="roofline of the parts")
        panel.set(xscale="log", yscale="log", xlabel="lag p (steps)", title=dtype)
        panel.set_xticks(lags, map(str, lags))
        panel.minorticks_off()
    panels[0].set_ylabel("CPU time a sequence (µs)")
    _finish(figure, panels, path)
    return True


def throughput_against_seeds(measurements: Sequence[Measurement], p: int, path: Path) -> bool:
    """Draw sequences a second at one lag; False if no engine was measured with several numbers of seeds."""
    lstm = [m for m in measurements if (m.candidate.case, m.candidate.p) == (LSTM, p)]
    counts, dtypes = sorted({m.candidate.n_seeds for m in lstm}), _dtypes(lstm)
    if len(counts) < 2:
        return False
    figure, panels = _panels(dtypes)
    for panel, dtype in zip(panels, dtypes, strict=True):
        for engine in STYLES:
            found = [m for m in lstm if (m.candidate.engine, m.candidate.dtype) == (engine, dtype)]
            if engine in (PLAIN, COMPILED, TORCH_LSTM) and found:  # one seed at a time: the same for any number
                colour, marker = STYLES[engine]
                height = float(np.median(found[0].rates))
                line = {"color": colour, "marker": marker, "markevery": [0], "lw": 2, "ls": ":"}
                panel.plot(counts, [height] * len(counts), **line, label=f"{engine} (one seed at a time)")
            elif found:
                _line(panel, engine, [m.candidate.n_seeds for m in found], [m.rates for m in found])
        panel.set(xscale="log", yscale="log", xlabel="seeds side by side, S", title=f"{dtype}, p = {p}")
        ticks = [2**k for k in range(max(counts).bit_length())]
        panel.set_xticks(ticks, map(str, ticks))
        panel.minorticks_off()
    panels[0].set_ylabel("sequences a second of one core")
    _finish(figure, panels, path)
    return True


def _dtypes(measurements: Sequence[Measurement]) -> list[str]:
    return list(dict.fromkeys(m.candidate.dtype for m in measurements))


def _panels(dtypes: Sequence[str]) -> tuple[Any, Sequence[Any]]:
    """A panel a dtype, side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5 * len(dtypes), 5.6), layout="constrained")
    return figure, figure.subplots(1, len(dtypes), sharey=True, squeeze=False)[0]


def _line(panel: Any, engine: str, x: Sequence[int], values: Sequence[np.ndarray]) -> None:
    """Medians with bars from the least to the largest."""
    middle = np.array([np.median(v) for v in values])
    bars = np.abs([[v.min() for v in values] - middle, [v.max() for v in values] - middle])
    colour, marker = STYLES[engine]
    panel.errorbar(x, middle, bars, color=colour, marker=marker, ms=6, lw=1.8, capsize=2, label=engine)


def _finish(figure: Any, panels: Sequence[Any], path: Path) -> None:
    for panel in panels:
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(panels) * 2, frameon=False)
    figure.savefig(path, dpi=150)
