"""The words for each outcome of a run."""

import pytest

from lagrun.analysis.outcome import describe
from tests.written_sweeps import RESULT

TESTED = "; right on held-out sequences: 99.5% of last steps, 50.0% of all"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("solved", "solved at sequence 1,234" + TESTED),
        ("budget", "not solved within its budget of 1,234" + TESTED),
        ("diverged", "diverged at sequence 1,234" + TESTED),
        ("failed", "failed: ValueError: bad"),
    ],
)
def test_every_outcome_has_its_words(outcome: str, words: str) -> None:
    failure = "Traceback\n  File x\nValueError: bad\n" if outcome == "failed" else None
    line = describe({**RESULT, "outcome": outcome, "failure": failure})
    assert line == f"model=lstm task=very_long_lag task.p=4 task.q=50 seed=7: {words}"


def test_a_task_without_lags_is_named_alone() -> None:
    task = {"_target_": "mine.tasks.copying.Copying", "n": 4}
    assert describe({**RESULT, "config": {**RESULT["config"], "task": task}}).startswith(
        "model=lstm task=copying seed=7: "
    )


def test_only_a_run_that_spent_its_budget_is_said_to_have_had_too_little() -> None:
    rolling = "lagrun.criteria.rolling_accuracy.RollingAccuracy"
    criterion = {"_target_": rolling, "threshold": 0.9, "window": 2000, "check_every": 1}
    result = {**RESULT, "config": {**RESULT["config"], "criterion": criterion, "budget": 1500}}
    assert "less than the 2,000" in describe({**result, "outcome": "budget"})
    assert "less than" not in describe({**result, "outcome": "diverged"})
