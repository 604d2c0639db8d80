"""Folders of sweeps that are written, not trained."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lagrun.storage import files as store

CONFIG = {"model": {"_target_": "lagrun.models.lstm.LSTM"}, "task": {"_target_": "lagrun.tasks.noise_free.NoiseFree"}}

#: A result that lacks nothing.
RESULT: dict[str, Any] = {
    "seed": 7,
    "outcome": "solved",
    "sequences_seen": 1234,
    "final_last_step_accuracy": 0.995,
    "final_per_step_accuracy": 0.5,
    "failure": None,
    "config": {
        "model": {"_target_": "lagrun.models.lstm.LSTM"},
        "task": {"_target_": "lagrun.tasks.very_long_lag.VeryLongLag", "p": 4, "q": 50, "scored": "end"},
    },
}


def sweep(folder: Path, cells: Mapping[Any, list[Any]]) -> Path:
    """A sweep's folder: per p, an outcome, or the sequences of a solved run, a run; None where it did not end."""
    planned = []
    for p, outcomes in cells.items():
        config = {**CONFIG, "task": {**CONFIG["task"], "p": p}, "budget": 1000}
        runs = []
        for seed, outcome in enumerate(outcomes):
            runs.append({"seed": seed, "folder": f"p={p}/seed={seed}"})
            path = folder / f"p={p}" / f"seed={seed}"
            path.mkdir(parents=True)
            if outcome is not None:
                solved = None if isinstance(outcome, str) else outcome
                found = {"outcome": "solved" if solved else outcome, "sequences_to_solve": solved, "cpu_seconds": 1.0}
                found["sequences_seen"] = solved or 1000
                store.write_result(path, {"seed": seed, "files": {}, "config": config} | found)
        planned.append({"overrides": [], "config": config, "runs": runs})
    store.write_json(folder / store.SWEEP, {"schema_version": store.SCHEMA_VERSION, "cells": planned})
    return folder


def say(folder: Path, key: str, values: list[Any]) -> None:
    """Add what a sweep file says of each cell beside its configuration."""
    content = json.loads((folder / store.SWEEP).read_text())
    for cell, value in zip(content["cells"], values, strict=True):
        cell[key] = value
    store.write_json(folder / store.SWEEP, content)
