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

import copy
import os
import platform
import time
from datetime import datetime
from typing import Any

import yaml

from lagrun import store
from lagrun.block import Block, Run
from lagrun.interfaces import Counted
from lagrun.train import CURVE_COLUMNS, FAILED, RunResult

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
    store.write_json(run.folder / store.STARTED, started)


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
    run.folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    with (run.folder / "lagrun.log").open("a", encoding="utf-8") as file:
        file.write(f"[{stamp}][lagrun] {message}\n")


def _write_result(block: Block, run: Run, found: dict[str, Any]) -> None:
    head = {"schema_version": store.SCHEMA_VERSION, "seed": run.seed}
    tail = {"config": block.config, "provenance": block.provenance}
    store.write_json(run.folder / store.RESULT, head | dict.fromkeys(FIELDS) | found | tail)


def _write_hydra(block: Block, hydra: dict[str, Any], run: Run) -> None:
    """Write the files that Hydra writes when it runs a job itself."""
    folder = run.folder / ".hydra"
    folder.mkdir(exist_ok=True)
    overrides = [text for text in hydra["overrides"]["task"] if not text.startswith("seed=")] + [f"seed={run.seed}"]
    own = copy.deepcopy(hydra)
    own["overrides"]["task"] = overrides
    own["job"] |= {"num": run.index, "id": str(run.index)}
    own["runtime"]["output_dir"] = str(run.folder.absolute())
    (folder / "config.yaml").write_text(f"seed: {run.seed}\n{block.config_yaml}", encoding="utf-8")
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the C one is ten times faster
    for name, content in (("hydra", {"hydra": own}), ("overrides", overrides)):
        text = yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
