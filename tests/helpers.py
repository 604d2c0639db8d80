"""What several tests need."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from lagrun.analysis.data_movement.lru import stack_depths
from lagrun.analysis.data_movement.recorder import Recorder
from lagrun.config.build import Execution, execution, plain
from lagrun.config.paths import CONF
from lagrun.interfaces import BackwardModel, Batch, ChecksCombination, Model, StepModel, Task
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import RunResult
from lagrun.interfaces.step_grads import StepGrads
from lagrun.losses.squared_error import SquaredError
from lagrun.numerics.padded_sums import rounded_up
from lagrun.planning.plan import PlannedCell
from lagrun.planning.published import Label
from lagrun.storage.block import Run
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.loop import train
from lagrun.training.streams import stack

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
    if "end" in kind and isinstance(model, ChecksCombination):
        try:
            model.check(NoiseFree(8, "random", "end"), SquaredError(0.5), "sequence")
        except ValueError as refusal:
            pytest.skip(str(refusal))


def one_batch(task: Task, n_seeds: int) -> Batch:
    """One sequence of each of the seeds 0, 1, ..."""
    return stack([task.sample(np.random.default_rng(seed), 0, 1)[0] for seed in range(n_seeds)])


def random_batch(n_seeds: int, n_steps: int, n_symbols: int, kind: str = "full") -> Batch:
    """Sequences in which symbols repeat.

    `kind` is ``full`` (equal lengths, outputs at every step), ``end`` (outputs at the end only), ``padded`` (lengths
    from 1 to `n_steps`, outputs at every step) or ``padded end``.
    """
    rng = np.random.default_rng(0)
    ids, targets = rng.integers(0, n_symbols, (2, n_seeds, n_steps), dtype=np.int32)
    lengths = np.full(n_seeds, n_steps, np.int32)
    if "padded" in kind:
        lengths = rng.integers(1, n_steps + 1, n_seeds, dtype=np.int32)
        space = ((0, 0), (0, rounded_up(n_steps) - n_steps))
        ids, targets = np.pad(ids, space), np.pad(targets, space)
    inside = np.arange(ids.shape[1]) < lengths[:, None]
    batch = Batch(np.where(inside, ids, 0), np.where(inside, targets, 0), inside, lengths, padded="padded" in kind)
    return batch.at_end() if "end" in kind else batch


def with_more_padding(batch: Batch) -> Batch:
    """The same sequences in arrays that are 64 steps longer."""
    wider = {"ids": np.pad(batch.ids, ((0, 0), (0, 64)))}
    if not batch.only_at_end:
        wider |= {name: np.pad(getattr(batch, name), ((0, 0), (0, 64))) for name in ("targets", "scored")}
    return replace(batch, **wider)


def passes(
    model: Model, params: Params, batch: Batch, dlogits: Callable[[np.ndarray, Any], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Logits, shape (S, O, K), and gradient, shape (S, P), by the model's rule for whole sequences, or by its steps.

    `dlogits` is called with logits and the index of their steps, and gives the gradient of the logits.
    """
    if not isinstance(model, BackwardModel):
        return step_passes(model, params, batch, dlogits)
    logits, tape = model.forward(params, batch)
    logits = logits.copy()
    out = params.like()
    out.flat[:] = np.nan  # whatever is not written shows
    model.grads(params, batch, tape, dlogits(logits.copy(), np.s_[:, :]), out)
    return logits, out.flat


def step_passes(
    model: Model, params: Params, batch: Batch, dlogits: Callable[[np.ndarray, Any], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The same by the step form, the gradient summed over steps."""
    assert isinstance(model, StepModel)
    out, carry = params.like(), model.begin(params, batch, None)
    step_grads = StepGrads(params, model.by_row(params))
    step_grads.whole.flat[:] = np.nan
    shown = []
    for t in range(int(batch.lengths.max())):
        logits = model.step(params, carry, batch, t)
        shown.append(logits.copy())
        index = np.s_[:, :] if batch.only_at_end else np.s_[:, t : t + 1]
        slopes = dlogits(logits[:, None].copy(), index)
        if batch.only_at_end:
            slopes = np.where((batch.lengths == t + 1)[:, None, None], slopes, 0)
        model.step_grads(params, carry, batch, t, slopes[:, 0].astype(params.flat.dtype), step_grads)
        step_grads.add_to(out)
    every = np.array(shown).swapaxes(0, 1)
    if batch.only_at_end:
        every = every[np.arange(len(every)), batch.lengths - 1][:, None]
    elif every.shape[1] < batch.ids.shape[1]:
        every = np.pad(every, ((0, 0), (0, batch.ids.shape[1] - every.shape[1]), (0, 0)))
    return every, out.flat


def central_differences(error: Callable[[Params], np.ndarray], params: Params) -> np.ndarray:
    """Slope of every seed's `error`, shape (S,), along every weight, shape (S, P)."""
    slopes, step = np.empty_like(params.flat), 1e-6
    for column in range(params.n_weights):
        ends = []
        for sign in (step, -step):
            moved = Params(params.shapes, params.flat.copy())
            moved.flat[:, column] += sign
            ends.append(error(moved))
        slopes[:, column] = (ends[0] - ends[1]) / (2 * step)
    return slopes


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
