"""The result of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lagrun.interfaces.checkpoint import Checkpoint
    from lagrun.interfaces.params import Params

SOLVED, BUDGET, DIVERGED, FAILED = "solved", "budget", "diverged", "failed"

#: Outcomes that count, the best first. A failed run does not count, as it tells nothing about its net.
COUNTED = (SOLVED, BUDGET, DIVERGED)

#: Shown for a planned run without a result that counts.
UNFINISHED = "unfinished"

#: Columns of a learning curve. Losses are unweighted sums over a sequence; accuracies are shares of argmax predictions;
#: the gradient is that of the sequence, or of its last step if there is an update at every step.
CURVE_COLUMNS = (
    "sequence",
    "rolling_last_step_accuracy",
    "held_out_last_step_accuracy",
    "held_out_per_step_accuracy",
    "loss",
    "last_step_loss",
    "gradient_norm",
)


@dataclass(frozen=True)
class RunResult:
    """The result of one run.

    Attributes
    ----------
    seed : int
    outcome : str
        ``solved``, ``budget`` or ``diverged``.
    sequences_to_solve : int or None
        Sequences until the criterion held; None unless solved.
    sequences_seen : int
        Training sequences presented.
    params : Params
        Final weights, one row.
    curve : np.ndarray, shape (points, len(CURVE_COLUMNS))
        Learning curve.
    final_last_step_accuracy, final_per_step_accuracy : float
        Of the frozen final weights on held-out sequences.
    wall_seconds, cpu_seconds : float
        The run's share of its block's time, by sequences trained, plus the time of earlier parts of the run.
    checkpoint : Checkpoint or None
        State of a run that ended at its budget, so that a larger budget can continue it; None for other runs, and
        where the state is not available.
    snapshots : dict of np.ndarray or None
        See `lagrun.training.snapshots.Snapshots.result`; None where none are wanted.
    """

    seed: int
    outcome: str
    sequences_to_solve: int | None
    sequences_seen: int
    params: Params
    curve: np.ndarray
    final_last_step_accuracy: float
    final_per_step_accuracy: float
    wall_seconds: float
    cpu_seconds: float
    checkpoint: Checkpoint | None
    snapshots: dict[str, np.ndarray] | None


class SoFar(NamedTuple):
    """Progress of a run: training sequences done, rolling accuracy, points of its curve, sequences per second."""

    sequence: int
    rolling: float
    curve: list[tuple[float, ...]]
    per_second: float
