"""All pictures of one run, as far as there is something to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lagrun.analysis.inspection import Inspection
from lagrun.analysis.stored_run import StoredRun
from lagrun.figures import animation, gates, last_step, run_curves, states, steps
from lagrun.figures.animation import Animation
from lagrun.figures.drawing import Drawing

#: Reasons why pictures may be missing.
NO_SNAPSHOTS = "no animation: the run has stored no snapshots; train it with snapshots=40"
NOT_FINITE = "only the training curves: not all weights are finite after the run diverged"
ALIKE = "no traces, no outputs and no animation: all held-out sequences end alike"
NO_TRACES = (
    "no traces: the model has no plain loop with traces (see lagrun.interfaces.plain_loop.Traced), or it is too large"
)


@dataclass(frozen=True)
class RunPictures:
    """The pictures of a run, and in words which could not be drawn."""

    drawings: list[Drawing]
    animation: Animation | None
    missing: list[str]


def draw(run: StoredRun, fps: float | None) -> RunPictures:
    """Draw all pictures of a run.

    Parameters
    ----------
    run : StoredRun
        From `lagrun.analysis.stored_run.read_run`.
    fps : float or None
        Frames a second of the animation, which needs snapshots; None for no animation.
    """
    drawings = [run_curves.draw(run)]
    if not run.is_finite:
        return RunPictures(drawings, None, [NOT_FINITE])
    inspection, missing = Inspection(run), []
    if inspection.traces is not None:
        drawings.append(states.draw(inspection))
        if inspection.traces[0].gates:
            drawings.append(gates.draw(inspection))
    if inspection.pair is None:
        missing.append(ALIKE)
    else:
        drawings.append(last_step.draw(inspection))
        if inspection.traces is None:
            missing.append(NO_TRACES)
    drawings.append(steps.draw(inspection))
    moving = None
    if fps is None:
        return RunPictures(drawings, None, missing)
    if run.snapshots is None:
        missing.append(NO_SNAPSHOTS)
    elif inspection.pair is not None and np.isfinite(run.snapshots.params.flat).all(1).any():
        moving = animation.animate(inspection, fps)
    return RunPictures(drawings, moving, missing)
