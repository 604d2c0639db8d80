"""The result of one run in words, for the command that trains a single one; tables are made by `lagrun.aggregate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lagrun.analysis.solved import holds, too_few
from lagrun.config.identity import leaves
from lagrun.config.variants import variant_name
from lagrun.interfaces.run_result import BUDGET, DIVERGED, FAILED, SOLVED
from lagrun.text import last_line

#: Keys of a task that tell how hard it is, where it has them.
TASK_KEYS = ("p", "q")


def describe(result: Mapping[str, Any]) -> str:
    """Say what came of a run.

    Parameters
    ----------
    result : mapping
        A stored result, see `lagrun.storage.files.read_result`.

    Returns
    -------
    str
        One line, such as ``model=lstm task=noise_free task.p=100 seed=0: solved at sequence 348; ...``.
    """
    config = result["config"]
    lags = [f"task.{key}={config['task'][key]}" for key in TASK_KEYS if key in config["task"]]
    options = result.get("options") or {}
    names = [f"{group}={variant_name(config[group], options.get(group))}" for group in ("model", "task")]
    return f"{' '.join([*names, *lags])} seed={result['seed']}: {_ending(result)}"


def _ending(result: Mapping[str, Any]) -> str:
    if result["outcome"] == FAILED:
        return f"failed: {last_line(result['failure'])}"
    words = {SOLVED: "solved at sequence", BUDGET: "not solved within its budget of", DIVERGED: "diverged at sequence"}
    last_step, per_step = result["final_last_step_accuracy"], result["final_per_step_accuracy"]
    tested = f"right on held-out sequences: {last_step:.1%} of last steps, {per_step:.1%} of all"
    return f"{words[result['outcome']]} {result['sequences_seen']:,}{_doubt(result)}; {tested}"


def _doubt(result: Mapping[str, Any]) -> str:
    """What a reader must know beside the outcome, not to be misled by it."""
    run = dict(result) | dict(leaves(result["config"]))
    if result["outcome"] == BUDGET and (least := too_few(run)):
        return f", which is less than the {least:,} that its criterion needs"
    return ", but its final weights do not hold what its criterion asks for" if holds(run) is False else ""
