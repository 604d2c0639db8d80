"""The folder of one run: what is written when it starts and when it ends.

::

    .hydra/config.yaml     the configuration that reproduces this run alone
    .hydra/overrides.yaml  what was set on the command line or by the sweep
    .hydra/hydra.yaml      Hydra's own settings
    lagrun.log             what happened
    run.json               when, where and by which process it was started, and which attempt it is
    checkpoint.bin         a state to resume the run from, see `lagrun.interfaces.checkpoint`
    partial.json           progress of a run that has not ended, see `lagrun.storage.partial`
    params.npz             final weights
    snapshots.npz          weights during training, see `lagrun.training.snapshots`, if asked for
    curve.csv.gz           learning curve
    result.json            the result, written last: a run without it is not finished
    result-1.json          an earlier result, set aside for another attempt or a larger budget
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from lagrun.config.identity import identity
from lagrun.interfaces import CountsWeights
from lagrun.interfaces.checkpoint import Checkpoint
from lagrun.interfaces.run_result import CURVE_COLUMNS, FAILED, RunResult
from lagrun.storage import files as store
from lagrun.storage.block import Block, Run
from lagrun.storage.hydra_files import hydra_files
from lagrun.storage.partial import remove_partial

#: The field of a stored state that identifies its run.
OWNER = "owner"


def is_finished(run: Run) -> bool:
    """Tell whether a run has its result."""
    return (run.folder / store.RESULT).exists()


def is_started(run: Run) -> bool:
    """Tell whether a worker has begun with a run."""
    return (run.folder / store.STARTED).exists()


def begin(block: Block, run: Run) -> Checkpoint | None:
    """Make the folder, record that the run has started, and return the state that an earlier attempt saved, if any."""
    with store.storage_errors(run.folder):
        if not (is_started(run) or is_finished(run)):
            _describe(block, run, 1)
            return None
        return _begin_again(block, run)


def _begin_again(block: Block, run: Run) -> Checkpoint | None:
    """Set an earlier result aside, remove half-written files, and return the saved state, if any."""
    attempt, failed, result = _attempts(run) + 1, False, run.folder / store.RESULT
    if result.exists():
        failed = (store.read_result(run.folder) or {}).get("outcome") == FAILED
        result.rename(run.folder / f"result-{attempt - 1}.json")
    for litter in run.folder.glob(f".*{store.TEMPORARY}"):
        litter.unlink(missing_ok=True)
    remove_partial(run.folder)
    _describe(block, run, attempt)
    checkpoint = None if failed else _read_checkpoint(block, run)  # the saved state may be what made it fail
    if checkpoint:
        log(run, f"goes on after {checkpoint.sequence} sequences")
    return checkpoint


def _describe(block: Block, run: Run, attempt: int) -> None:
    """Write the files that a folder has from the start."""
    log(run, f"training seed {run.seed} in a block of {len(block.runs)}, attempt {attempt}")
    if block.hydra is not None:
        _write_hydra(block, block.hydra, run)
    started = {"started": time.time(), "attempt": attempt, "pid": os.getpid(), "host": platform.node()}
    text = json.dumps(started | {"command": block.command}, indent=1) + "\n"
    written = run.folder / f".{store.STARTED}{store.TEMPORARY}"
    written.write_text(text)
    written.replace(run.folder / store.STARTED)  # no fsync: no result depends on this file


def save(block: Block, run: Run, checkpoint: Checkpoint) -> None:
    """Write the state of a run that is not finished."""
    with store.storage_errors(run.folder):
        _write_checkpoint(block, run, checkpoint)


def end(block: Block, run: Run, result: RunResult) -> None:
    """Write the result of a run and the files that belong to it."""
    with store.storage_errors(run.folder):
        if not is_started(run):  # somebody has deleted the folder
            _describe(block, run, 1)
        if result.checkpoint:
            _write_checkpoint(block, run, result.checkpoint)
        files = {
            store.PARAMS: store.write_params(run.folder / store.PARAMS, result.params),
            store.CURVE: store.write_curve(run.folder / store.CURVE, CURVE_COLUMNS, result.curve),
        }
        if result.snapshots is not None:
            files[store.SNAPSHOTS] = store.write_arrays(run.folder / store.SNAPSHOTS, result.snapshots)
        log(run, f"{result.outcome} after {result.sequences_seen} sequences")
        found = {name: getattr(result, name) for name in store.FIELDS if hasattr(result, name)}
        model, params = block.experiment.model, result.params
        n_weights = model.n_weights(params) if isinstance(model, CountsWeights) else params.n_weights
        found |= {"n_weights": n_weights, "weights_sha256": params.sha256(0), store.FILES: files}
        _write_result(block, run, found)
        remove_partial(run.folder)
        for name, is_of_now in ((store.CHECKPOINT, result.checkpoint), (store.SNAPSHOTS, result.snapshots)):
            if not is_of_now:
                (run.folder / name).unlink(missing_ok=True)


def fail(block: Block, run: Run, reason: str) -> None:
    """Write that a run failed, and why."""
    with store.storage_errors(run.folder):
        log(run, f"failed: {reason}")
        _write_result(block, run, {"outcome": FAILED, "failure": reason})
        remove_partial(run.folder)


def log(run: Run, message: str) -> None:
    """Add a line to the log of a run; make its folder if it does not exist."""
    stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    path = run.folder / "lagrun.log"
    with store.storage_errors(run.folder):
        if not path.exists():
            run.folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"[{stamp}][lagrun] {message}\n")


def _attempts(run: Run) -> int:
    """How many times a run has been begun before."""
    try:
        return int(json.loads((run.folder / store.STARTED).read_bytes())["attempt"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _write_checkpoint(block: Block, run: Run, checkpoint: Checkpoint) -> None:
    """Write a state and the identity of its run."""
    owner = {"schema_version": store.SCHEMA_VERSION, "identity": identity(block.config, run.seed)}
    marked = replace(checkpoint, facts=checkpoint.facts | {OWNER: owner})
    store.write_atomically(run.folder / store.CHECKPOINT, marked.to_bytes(), another_follows=True)


def _read_checkpoint(block: Block, run: Run) -> Checkpoint | None:
    """Read a state, if it is undamaged, belongs to this run, and is within its budget."""
    try:
        checkpoint = Checkpoint.from_bytes((run.folder / store.CHECKPOINT).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log(run, f"{store.CHECKPOINT} is of no use, the run starts over: {error}")
        return None
    owner = {"schema_version": store.SCHEMA_VERSION, "identity": identity(block.config, run.seed)}
    is_ours = checkpoint.facts.get(OWNER) == owner
    return checkpoint if is_ours and checkpoint.sequence < block.experiment.budget else None


def _write_result(block: Block, run: Run, found: dict[str, Any]) -> None:
    empty: dict[str, Any] = {"seed": run.seed, **dict.fromkeys(store.FIELDS), store.FILES: {}}
    made_of = {"config": block.config, "options": block.options, "provenance": block.provenance}
    store.write_result(run.folder, empty | found | made_of)


def _write_hydra(block: Block, hydra: dict[str, Any], run: Run) -> None:
    """Write the files that Hydra writes when it runs a job itself."""
    folder = run.folder / ".hydra"
    folder.mkdir(exist_ok=True)
    files = hydra_files(hydra, block.hydra_texts, run.seed, run.index, str(run.folder.absolute()))
    for name, text in ({"config.yaml": f"seed: {run.seed}\n{block.config_yaml}"} | files).items():
        (folder / name).write_text(text, encoding="utf-8")
