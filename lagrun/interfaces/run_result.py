"""What one run yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lagrun.interfaces.checkpoint import Checkpoint
    from lagrun.interfaces.params import Params

SOLVED, BUDGET, DIVERGED, FAILED = "solved", "budget", "diverged", "failed"

#: Outcomes of runs that count: a failed run has none, as it tells nothing of its net. The best first.
COUNTED = (SOLVED, BUDGET, DIVERGED)

#: What is said of a planned run that has no result that counts.
UNFINISHED = "unfinished"

#: Columns of a learning curve. Losses are unweighted sums over a sequence; accuracies are shares of argmax predictions;
#: the gradient is that of the sequence, or of its last step where every step has an update of its own.
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
    """What one run yields.

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
        The block's time, shared out by sequences trained, and that of earlier parts of the run.
    checkpoint : Checkpoint or None
        State of a run that ended at its budget, for a larger one; None for others, and where a state cannot be told.
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
    """How far a run is: training sequences done, rolling accuracy, points of its curve, and its sequences a second."""

    sequence: int
    rolling: float
    curve: list[tuple[float, ...]]
    per_second: float
