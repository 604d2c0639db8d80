"""What several tests need."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from lagrun.analysis.data_movement.lru import stack_depths
from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.config.build import Execution, execution, plain
from lagrun.config.paths import CONF
from lagrun.interfaces import Model
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.run_result import RunResult
from lagrun.planning.plan import PlannedCell
from lagrun.planning.published import Label
from lagrun.storage.block import Run
from lagrun.testing.batches import one_batch as one_batch
from lagrun.testing.batches import random_batch as random_batch
from lagrun.testing.models import goes_with
from lagrun.testing.passes import central_differences as central_differences
from lagrun.testing.passes import passes as passes
from lagrun.testing.passes import step_passes as step_passes
from lagrun.training.loop import train

BASIC = ("hydra/launcher=basic", "hydra/sweeper=basic")


def compose_config(*overrides: str) -> DictConfig:
    """Compose a configuration without lagrun's plugins."""
    return deepcopy(_composed(overrides))


@cache
def _composed(overrides: tuple[str, ...]) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", [*BASIC, *overrides])


def options(group: str) -> list[str]:
    """Names of the variants of a group."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


#: Nets of ``conf/model`` whose arrays are others than those of the option alone.
MORE_NETS = ("lstm model.readout_bias=true",)


def nets() -> list[str]:
    """What `net` takes: every model, and `MORE_NETS`."""
    return sorted([*options("model"), *MORE_NETS])


def net(name: str) -> tuple[str, ...]:
    """Overrides of one of `nets`."""
    return tuple(f"model={name}".split())


def sized(model: str, n: int) -> tuple[str, ...]:
    """Overrides that give a model about `n` hidden units, whatever its own keys are, and the loss that it needs."""
    loss = ("loss=squared_error",) if model == "chunker" else ()
    keys = OmegaConf.load(CONF / "model" / f"{model.split()[0]}.yaml")
    if "hidden_size" in keys:
        return (f"model.hidden_size={n}", *loss)
    return (f"model.n_blocks={n // 2}", "model.block_size=2", *loss) if "n_blocks" in keys else loss


def settings(**changed: Any) -> Execution:
    """The defaults of ``execution``, some of them changed."""
    return replace(execution(compose_config()), **changed)


def planned(cell: Experiment, n_runs: int) -> PlannedCell:
    """A cell of a sweep with the seeds 0, 1, ..."""
    return PlannedCell(
        (), cell, {}, "", {}, {}, some_runs(n_runs), Label(), lambda overrides, seed, number: f"seed={seed}", ()
    )


def some_runs(n: int) -> tuple[Run, ...]:
    """Runs with the seeds 0, 1, ..."""
    return tuple(Run(seed, seed, Path()) for seed in range(n))


def skip_unless_it_goes_with(model: Model, kind: str) -> None:
    """Skip a test of a `random_batch` of a kind that the model refuses."""
    if not goes_with(model, kind):
        pytest.skip(f"the model refuses sequences of the kind {kind}")


def files_below(folder: Path) -> set[str]:
    """Names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@cache
def small(*overrides: str) -> dict[str, Any]:
    """A configuration of 2 hidden units on 5 steps, as stored beside a result."""
    return plain(compose_config("model.hidden_size=2", "task.p=5", *overrides))


def of_a_user(config: dict[str, Any], model: type) -> dict[str, Any]:
    """The configuration with a model of the tests' own."""
    target = f"{model.__module__}.{model.__qualname__}"
    return config | {"model": config["model"] | {"_target_": target}, "trusted_modules": ["tests"]}


def traced_depths(recorder: Recorder) -> list[int]:
    """Depth of every read written down."""
    events = recorder.events()
    assert events is not None
    return stack_depths(events, recorder.returned()).tolist()


def run(cell: Experiment, seeds: Sequence[int], block_size: int | None = None) -> dict[int, RunResult]:
    """Train seeds in blocks of a size, or in one, and return their results by seed."""
    results: dict[int, RunResult] = {}
    for start in range(0, len(seeds), block_size or len(seeds)):
        train(cell, seeds[start : start + (block_size or len(seeds))], lambda r: results.update({r.seed: r}))
    return results


def in_order(cell: Experiment, n_seeds: int = 1) -> list[RunResult]:
    """Train the seeds 0, 1, ... in one block, and return their results in this order."""
    return [result for _, result in sorted(run(cell, range(n_seeds)).items())]


def bits(result: RunResult) -> tuple[Any, ...]:
    """What of a result must be the same bit for bit."""
    numbers = (result.outcome, result.sequences_to_solve, result.sequences_seen, result.curve.tobytes())
    return *numbers, result.params.sha256(0), result.final_last_step_accuracy, result.final_per_step_accuracy


def assert_same(some: dict[int, RunResult], others: dict[int, RunResult]) -> None:
    """Compare results of seeds bit for bit."""
    assert {seed: bits(result) for seed, result in some.items()} == {s: bits(result) for s, result in others.items()}
