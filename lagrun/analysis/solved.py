"""What "solved" means for a stored run: whether its weights still reach the criterion, and whether its cell can."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lagrun.interfaces.run_result import SOLVED

if TYPE_CHECKING:
    import pandas as pd

#: Column of a frame that tells whether the stored weights of a solved run reach its criterion on the final test.
HOLDS = "holds"

#: Classes of lagrun's criteria, by the name that they have in frames without classes.
ROLLING_ACCURACY, MAX_ABS_ERROR = "rolling_accuracy", "max_abs_error"
CLASSES = {
    "lagrun.criteria.rolling_accuracy.RollingAccuracy": ROLLING_ACCURACY,
    "lagrun.criteria.max_abs_error.MaxAbsError": MAX_ABS_ERROR,
}

#: The columns of a frame that are used here.
COLUMNS = (
    HOLDS,
    "outcome",
    "budget",
    "final_last_step_accuracy",
    "criterion",
    "criterion._target_",
    "criterion.check_every",
    "criterion.threshold",
    "criterion.window",
)


def rows_of(runs: pd.DataFrame) -> list[dict[Any, Any]]:
    """The rows of a frame with only the columns that are used here: frames are wide, and slow to split into rows."""
    return runs[[name for name in COLUMNS if name in runs]].to_dict("records")


def holds(run: Mapping[Any, Any]) -> bool | None:
    """Tell whether the stored weights of a solved run reach the threshold of its criterion.

    With a rolling accuracy, the update after the sequence that met the criterion may have broken the net. So the share
    of right last steps in the final test, on other sequences, must reach the criterion's threshold, too. The largest
    absolute error is measured on the stored weights.

    Parameters
    ----------
    run : mapping
        A row of a frame, which may hold the answer already, or a stored result with its flattened configuration.

    Returns
    -------
    bool or None
        None for a run that is not solved, or by a criterion that is not lagrun's.
    """
    if HOLDS in run:
        return None if _known(run[HOLDS]) is None else bool(run[HOLDS])
    if run.get("outcome") != SOLVED:
        return None
    criterion = _criterion(run)
    if criterion == MAX_ABS_ERROR:
        return True
    accuracy, threshold = _known(run.get("final_last_step_accuracy")), _known(run.get("criterion.threshold"))
    if criterion != ROLLING_ACCURACY or accuracy is None or threshold is None:
        return None
    return bool(accuracy >= threshold)


def least_sequences(keys: Mapping[Any, Any]) -> int:
    """The least training sequences after which a run of a configuration can be solved; 1 if that is not known.

    Parameters
    ----------
    keys : mapping
        Flattened, such as ``criterion.window``.
    """
    criterion, every = _criterion(keys), _known(keys.get("criterion.check_every"))
    window = _known(keys.get("criterion.window")) if criterion == ROLLING_ACCURACY else 1
    if criterion is None or every is None or window is None:
        return 1
    return int(every) * math.ceil(int(window) / int(every))


def too_few(keys: Mapping[Any, Any]) -> int | None:
    """The sequences that a configuration's criterion needs, if its budget is less; else None."""
    least, budget = least_sequences(keys), keys.get("budget")
    return least if budget is not None and budget < least else None


def _criterion(keys: Mapping[Any, Any]) -> str | None:
    """Which of lagrun's criteria a configuration has, None for another."""
    target = keys.get("criterion._target_")
    name = CLASSES.get(str(target)) if isinstance(target, str) else keys.get("criterion")
    return name if name in CLASSES.values() else None


def _known(value: Any) -> Any:
    """None for NaN; without pandas, whose import would delay a single run."""
    return None if value != value else value
