"""The folder of one run: what is written when it starts and when it ends.

::

    .hydra/config.yaml     the configuration that reproduces this run alone
    .hydra/overrides.yaml  what was set on the command line or by the sweep
    .hydra/hydra.yaml      Hydra's own settings
    lagrun.log             what happened
    run.json               when, where and by which process it was started
    params.npz             final weights
    curve.csv.gz           learning curve
    result.json            the result, written last: a run without it is not finished
"""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import datetime
from typing import Any

from lagrun import store
from lagrun.block import Block, Run
from lagrun.hydra_files import hydra_files
from lagrun.interfaces import Counted
from lagrun.run_result import CURVE_COLUMNS, FAILED, RunResult

#: What a result holds, beside its head and tail; null where it was not measured.
FIELDS = (
    "outcome",
    "sequences_to_solve",
    "sequences_seen",
    "n_weights",
    "weights_sha256",
    "final_last_step_accuracy",
    "final_per_step_accuracy",
    "wall_seconds",
    "cpu_seconds",
    "curve_sha256",
    "failure",
)


def is_finished(run: Run) -> bool:
    """Tell whether a run has its result."""
    return (run.folder / store.RESULT).exists()


def is_started(run: Run) -> bool:
    """Tell whether a worker has begun with a run."""
    return (run.folder / store.STARTED).exists()


def begin(block: Block, run: Run) -> None:
    """Make the folder and say that the run has started."""
    log(run, f"training seed {run.seed} in a block of {len(block.runs)}")
    if block.hydra is not None:
        _write_hydra(block, block.hydra, run)
    started = {"started": time.time(), "pid": os.getpid(), "host": platform.node()}
    text = json.dumps(started, indent=1) + "\n"
    (run.folder / store.STARTED).write_text(text)  # not atomically: what counts is whether it exists


def end(block: Block, run: Run, result: RunResult) -> None:
    """Write what a run yielded."""
    store.write_params(run.folder / store.PARAMS, result.params)
    curve_hash = store.write_curve(run.folder / store.CURVE, CURVE_COLUMNS, result.curve)
    log(run, f"{result.outcome} after {result.sequences_seen} sequences")
    found = {name: getattr(result, name) for name in FIELDS if hasattr(result, name)}
    model, params = block.cell.model, result.params
    n_weights = model.n_weights(params) if isinstance(model, Counted) else params.n_weights
    found |= {"n_weights": n_weights, "weights_sha256": params.sha256(0)}
    _write_result(block, run, found | {"curve_sha256": curve_hash})


def fail(block: Block, run: Run, reason: str) -> None:
    """Write that a run failed, and why."""
    log(run, f"failed: {reason}")
    _write_result(block, run, {"outcome": FAILED, "failure": reason})


def log(run: Run, message: str) -> None:
    """Add to the log of a run, whose folder is made if need be."""
    stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    path = run.folder / "lagrun.log"
    if not path.exists():
        run.folder.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"[{stamp}][lagrun] {message}\n")


def _write_result(block: Block, run: Run, found: dict[str, Any]) -> None:
    head = {"schema_version": store.SCHEMA_VERSION, "seed": run.seed}
    tail = {"config": block.config, "provenance": block.provenance}
    store.write_json(run.folder / store.RESULT, head | dict.fromkeys(FIELDS) | found | tail)


def _write_hydra(block: Block, hydra: dict[str, Any], run: Run) -> None:
    """Write the files that Hydra writes when it runs a job itself."""
    folder = run.folder / ".hydra"
    folder.mkdir(exist_ok=True)
    files = hydra_files(hydra, block.hydra_texts, run.seed, run.index, str(run.folder.absolute()))
    for name, text in ({"config.yaml": f"seed: {run.seed}\n{block.config_yaml}"} | files).items():
        (folder / name).write_text(text, encoding="utf-8")
