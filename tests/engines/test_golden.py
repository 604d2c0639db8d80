"""What a few seeds of every model yield, against what is on file.

Losses and random draws are to be the same on any machine, the former but for rounding. The weights' last bits are
compared only where the file's fingerprint is this machine's.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.storage.provenance import fingerprint, provenance
from scripts.golden import (
    COMMAND,
    DRAWS,
    TOLERANCE,
    by_engine,
    compared,
    difference,
    elsewhere,
    other_kernels,
    path,
    up_to_date,
)
from scripts.golden_cases import N_LOSSES, SEEDS, cases, draws, models, runs

ROOT = Path(__file__).parent.parent.parent
EVERY_CASE = [pytest.param(model, name, id=f"{model}-{name}") for model in models() for name in cases(model)]


@cache
def golden(model: str) -> dict[str, Any]:
    if not path(model).exists():
        pytest.fail(f"model={model} has no golden file yet: {COMMAND}")
    found: dict[str, Any] = json.loads(path(model).read_text())
    return found


@cache
def here(model: str, name: str) -> dict[str, dict[str, Any]]:
    return runs(cases(model)[name])


@pytest.mark.parametrize("model", models())
def test_every_model_is_on_file_with_the_settings_of_today(model: str) -> None:
    golden(model)
    assert up_to_date(model), f"other cases than in scripts/golden_cases.py: {COMMAND}"


def test_a_model_without_a_file_is_asked_for() -> None:
    with pytest.raises(pytest.fail.Exception, match=f"model=unheard_of has no golden file yet: {COMMAND}"):
        golden("unheard_of")


@pytest.mark.parametrize(("model", "name"), EVERY_CASE)
def test_losses_of_the_first_sequences(model: str, name: str) -> None:
    stored, ours = golden(model)["cases"][name]["runs"], here(model, name)
    assert list(stored) == list(ours) == [str(seed) for seed in SEEDS]
    for seed, run in ours.items():
        assert difference(run, stored[seed]) <= TOLERANCE, (seed, run["losses"], stored[seed]["losses"])


@pytest.mark.parametrize(("model", "name"), EVERY_CASE)
def test_bits_where_the_fingerprint_is_the_same(model: str, name: str) -> None:
    ours, theirs = fingerprint(provenance()), golden(model)["fingerprint"]
    differing = [f"{key} {ours[key]}, on file {theirs.get(key)}" for key in ours if ours[key] != theirs.get(key)]
    if differing:
        pytest.skip(f"bits are not compared, the fingerprint differs: {'; '.join(differing)}")
    assert here(model, name) == golden(model)["cases"][name]["runs"]


def test_random_draws() -> None:
    assert draws() == json.loads(DRAWS.read_text())


def test_the_files_cover_all_parts_and_outcomes() -> None:
    stored = [case for model in models() for case in golden(model)["cases"].values()]
    texts = " ".join(case["overrides"] for case in stored)
    for part in (
        *("task=no_regularities", "task=very_long_lag", "loss=squared_error", "optimiser=momentum", "optimiser=sgd"),
        *("updates=step", "gradient=truncated", "gradient=full", "loss_weighting=uniform", "+experiment=paper_2a"),
        *("+experiment=chunker_p100_1992", "construction_window=5"),
    ):
        assert part in texts, part
    own = [case["overrides"] for case in stored if "+experiment" not in case["overrides"]]
    for group in ("task", "loss", "loss_weighting", "optimiser", "criterion"):  # what the command takes by itself
        assert any(f" {group}=" not in overrides for overrides in own), group
    every_run = [run for case in stored for run in case["runs"].values()]
    assert {run["outcome"] for run in every_run} == {"solved", "budget", "diverged"}
    long_runs = [run for run in every_run if run["sequences_seen"] >= N_LOSSES]
    assert len(long_runs) > 0.8 * len(every_run)
    assert {len(run["losses"]) for run in long_runs} == {N_LOSSES}
    assert len({run["weights_sha256"] for run in every_run}) == len(every_run)
    assert sum(file.stat().st_size for file in DRAWS.parent.iterdir()) < 200_000


def test_a_difference_is_seen() -> None:
    losses = [3.0, 2.0, 1e-3]
    run = {"losses": losses}
    assert difference(run, run) == 0
    assert difference({"losses": [3.0, 2.0, 1e-3 + 1e-11]}, run) == pytest.approx(1e-8, rel=1e-3)
    for other in ([3.0, 2.0], [*losses, 1.0], [3.0, 2.0, np.nan], [3.0, 2.0, "inf"]):
        assert difference({"losses": other}, run) == np.inf
        assert difference({"losses": other}, {"losses": other}) == 0
    assert difference({"losses": [1e-300]}, {"losses": [0.0]}) == np.inf


@pytest.mark.slow
def test_under_other_kernels_losses_agree_and_bits_are_skipped_aloud() -> None:
    (*_, environment) = other_kernels().values()
    if elsewhere_is_here(environment):
        pytest.skip("numpy and BLAS have no other kernels for this CPU")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-k", "lstm-main or gru-2c", "-p", "no:cacheprovider", __file__],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed, 2 skipped" in done.stdout
    assert "bits are not compared, the fingerprint differs: " in done.stdout


def elsewhere_is_here(environment: dict[str, str]) -> bool:
    code = "import json; from lagrun.storage.provenance import *; print(json.dumps(fingerprint(provenance())))"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True)
    return bool(json.loads(done.stdout) == fingerprint(provenance()))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("model", models())
def test_other_engines_agree(model: str, engine: str) -> None:
    if engine == "compiled":
        pytest.importorskip("numba", reason="numba is not installed: pip install 'lagrun[fast]'")
    found = by_engine(engine, model)
    if not found["cases"]:
        pytest.skip(f"engine={engine} has no form of model={model}")
    assert len(found["cases"]) >= len(cases(model)) - (engine == "compiled")  # one of some models has no such form
    assert_close(found, model)


@pytest.mark.slow
@pytest.mark.parametrize("kernels", other_kernels())
def test_other_kernels_agree(kernels: str) -> None:
    environment = other_kernels()[kernels]
    if elsewhere_is_here(environment):
        pytest.skip("this CPU, numpy or BLAS has no such kernels")
    equal = [assert_close(found, model) for model, found in elsewhere(models(), environment).items()]
    assert not all(equal)  # they are other kernels


def assert_close(found: dict[str, Any], model: str) -> bool:
    """Compare losses, outcomes and lengths with the file; tell whether all bits are the same, too."""
    largest, same_ends, same_bits, n_runs = compared(found, model)
    assert n_runs == len(found["cases"]) * len(SEEDS)
    assert largest <= TOLERANCE
    assert same_ends == n_runs
    return same_bits == n_runs
