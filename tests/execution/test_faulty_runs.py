"""Faulty classes and extreme seeds, through blocks, the pool and the command."""

import csv
import json
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.execution.pool import run_blocks
from lagrun.execution.run_block import run_block
from lagrun.execution.run_warnings import MOST, to_logs
from lagrun.interfaces import Batch
from lagrun.interfaces.contracts import FirstSequence, ShapeError
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import RunResult
from lagrun.interfaces.step_grads import StepGrads
from lagrun.loss_weightings.uniform import Uniform
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.models.lstm import LSTM
from lagrun.models.rtrl import RTRL
from lagrun.optimisers.sgd import SGD
from lagrun.storage import files
from lagrun.storage.block import Block, Run
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.loop import train
from lagrun.training.streams import generator
from tests.conftest import Command, MakeCell


def block_of(cell: Experiment, folder: Path, n_runs: int = 3) -> Block:
    return Block(cell, {}, {}, tuple(Run(seed, seed, folder / f"seed={seed}") for seed in range(n_runs)))


def stored(block: Block) -> list[dict[str, Any]]:
    found = [files.read_result(run.folder) for run in block.runs]
    assert None not in found
    return [result for result in found if result]


# Wrong shapes


@dataclass(frozen=True)
class WrongLSTM(LSTM):
    """Returns something wrong."""

    fault: str

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Any:
        if self.fault == "a seed more":
            return super().init([*rngs, rngs[0]], n_inputs, n_outputs, dtype)
        if self.fault == "another dtype":
            return super().init(rngs, n_inputs, n_outputs, "float32")
        params = super().init(rngs, n_inputs, n_outputs, dtype)
        return dict(params) if self.fault == "dict" else params

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> Any:
        logits, tape = super().forward(params, batch, tape)
        if self.fault == "an output less":
            return logits[..., :-1], tape
        if self.fault == "no step axis":
            return logits[:, 0], tape
        if self.fault == "last step only":
            return logits[:, -1:], tape
        if self.fault == "no tape":
            return logits
        return (logits.tolist(), tape) if self.fault == "a list" else (logits, tape)

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        before = out["b_gates"].copy()
        super().grads(params, batch, tape, dlogits, out)
        if self.fault == "no bias":
            out["b_gates"][:] = before
        elif self.fault == "added":
            out["b_gates"][:] += before
        elif self.fault == "transposed":
            out["W_hidden_output"][:] = np.zeros((params.n_seeds, *out["W_hidden_output"].shape[:0:-1]))


@dataclass(frozen=True)
class WrongRTRL(RTRL):
    """Returns something wrong at a step."""

    fault: str

    def begin(self, params: Params, batch: Batch, carry: Any) -> Any:
        carry = super().begin(params, batch, carry)
        if self.fault == "no seed axis":
            carry["count"] = np.zeros(())
        return None if self.fault == "no carry" else carry

    def step(self, params: Params, carry: Any, batch: Batch, t: int) -> np.ndarray:
        logits = super().step(params, carry, batch, t)
        return logits[:1] if self.fault == "one seed" else logits

    def step_grads(self, params: Params, carry: Any, batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads) -> None:
        before = out.whole["W_hidden_hidden"].copy()
        super().step_grads(params, carry, batch, t, dlogits, out)
        if self.fault == "unwritten":
            out.whole["W_hidden_hidden"][:] = before


class WrongLoss(SoftmaxCrossEntropy):
    """Sums over the steps."""

    def __call__(self, logits: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        losses, dlogits = super().__call__(logits, targets, weights)
        return losses.sum(-1, keepdims=True), dlogits


class WrongWeighting(Uniform):
    """Forgets the seeds."""

    def __call__(self, batch: Batch, dtype: np.dtype) -> np.ndarray:
        return np.ones(batch.targets.shape[1], dtype)


@dataclass(frozen=True)
class WrongTask(NoiseFree):
    """Draws something wrong."""

    fault: str

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Any:
        batch = super().sample(rng, first, n)
        if self.fault == "symbol":
            return replace(batch, ids=batch.ids + 1)
        if self.fault == "target":
            return replace(batch, targets=batch.targets - 1)
        if self.fault == "long":
            return replace(batch, lengths=batch.lengths + 1)
        if self.fault == "one":
            return batch[0]
        if self.fault == "float":
            return replace(batch, ids=batch.ids.astype(float))
        return (batch.ids, batch.targets)


MODEL_FAULTS = {
    "a seed more": "WrongLSTM.init returned weights of 4 seeds, expected 3, one for each generator",
    "another dtype": "WrongLSTM.init returned weights of dtype float32, expected float64",
    "dict": "WrongLSTM.init returned dict, expected lagrun.interfaces.params.Params",
    "an output less": "WrongLSTM.forward returned logits of shape (3, 8, 8), expected (3, 8, 9)",
    "no step axis": "WrongLSTM.forward returned logits of shape (3, 9), expected (3, 8, 9)",
    "last step only": "WrongLSTM.forward returned logits of shape (3, 1, 9), expected (3, 8, 9)",
    "no tape": "WrongLSTM.forward returned an array of shape (3, 8, 9), expected logits and a tape",
    "a list": "WrongLSTM.forward returned logits: list, expected an array of shape (3, 8, 9)",
    "no bias": "WrongLSTM.grads did not write all of the gradient of b_gates, expected every weight's",
    "added": "WrongLSTM.grads did not write all of the gradient of b_gates, expected every weight's",
}
STEP_FAULTS = {
    "no seed axis": "WrongRTRL.begin returned 'count': an array of shape (), expected an array whose first axis",
    "no carry": "WrongRTRL.begin returned None, expected a dict of arrays",
    "one seed": "WrongRTRL.step returned logits of shape (1, 9), expected (3, 9), (seeds, outputs)",
    "unwritten": "WrongRTRL.step_grads did not write all of the gradient of W_hidden_hidden",
}
TASK_FAULTS = {
    "symbol": "ids of the task WrongTask are not all in [0, 9)",
    "target": "targets of the task WrongTask are not all in [0, 9)",
    "long": "lengths of the task WrongTask are not all in [1, 9)",
    "one": "WrongTask.sample returned ids of shape (8,), expected (2, 8), (seeds, steps)",
    "float": "WrongTask.sample returned ids of dtype float64, expected integers",
    "tuple": "WrongTask.sample returned tuple, expected lagrun.interfaces.Batch",
}


def error_of(cell: Experiment, n_seeds: int = 3) -> str:
    with pytest.raises((ShapeError, IndexError)) as caught:
        train(cell, range(n_seeds), lambda result: None)
    return str(caught.value)


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_model_that_returns_wrong_shapes_is_told_so(fault: str, make_cell: MakeCell) -> None:
    cell = make_cell()
    assert error_of(replace(cell, model=WrongLSTM(**vars(cell.model), fault=fault))).startswith(MODEL_FAULTS[fault])


@pytest.mark.parametrize("updates", ["step", "sequence"])
@pytest.mark.parametrize("fault", STEP_FAULTS)
def test_a_model_whose_steps_return_wrong_shapes_is_told_so(fault: str, updates: str, make_cell: MakeCell) -> None:
    cell = make_cell("model=rtrl", f"updates={updates}")
    fields = {name: value for name, value in vars(cell.model).items() if name in RTRL.__dataclass_fields__}
    assert error_of(replace(cell, model=WrongRTRL(**fields, fault=fault))).startswith(STEP_FAULTS[fault])


@pytest.mark.parametrize("fault", TASK_FAULTS)
def test_a_task_that_draws_wrong_sequences_is_told_so(fault: str, make_cell: MakeCell) -> None:
    cell = make_cell()
    assert error_of(replace(cell, task=WrongTask(**vars(cell.task), fault=fault))).startswith(TASK_FAULTS[fault])


def test_a_loss_and_a_weighting_that_return_wrong_shapes_are_told_so(make_cell: MakeCell) -> None:
    cell = make_cell()
    wrong = "of shape (3, 1), expected (3, 8), (seeds, steps with outputs)"
    assert error_of(replace(cell, loss=WrongLoss())) == f"WrongLoss returned losses {wrong}"
    wrong = "of shape (8,), expected (3, 8), (seeds, steps with outputs)"
    assert error_of(replace(cell, loss_weighting=WrongWeighting())) == f"WrongWeighting returned weights {wrong}"


def test_a_gradient_of_another_shape_is_refused_by_numpy_in_the_user_s_line(
    tmp_path: Path, make_cell: MakeCell
) -> None:
    cell = make_cell()
    block = block_of(replace(cell, model=WrongLSTM(**vars(cell.model), fault="transposed")), tmp_path)
    run_block(block)
    for result in stored(block):
        assert result["outcome"] == "failed"
        assert "could not broadcast input array from shape" in result["failure"]
        assert 'out["W_hidden_output"][:] = ' in result["failure"]


def test_wrong_shapes_fail_the_runs_with_the_reason(tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell()
    block = block_of(replace(cell, model=WrongLSTM(**vars(cell.model), fault="an output less")), tmp_path)
    run_block(block)
    for result in stored(block):
        assert result["outcome"] == "failed"
        last = result["failure"].strip().splitlines()[-1]
        assert last.startswith(
            "lagrun.interfaces.contracts.ShapeError: WrongLSTM.forward returned logits of shape (1, 8, 8)"
        )


def test_shapes_are_looked_at_once_and_change_nothing(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for name in ("forward", "grads", "begin", "step", "step_grads"):
        original = getattr(FirstSequence, name)

        def counted(self: Any, *arguments: Any, name: str = name, original: Any = original) -> Any:
            calls.append(name)
            return original(self, *arguments)

        monkeypatch.setattr(FirstSequence, name, counted)
    found: list[RunResult] = []
    train(make_cell("budget=5"), range(3), found.append)
    assert calls == ["forward", "grads"]
    assert len(found) == 3


# Divergence


@dataclass(frozen=True)
class Poisoned(LSTM):
    """Puts `value` somewhere at the third sequence of the seeds whose first weight is negative."""

    place: str
    value: float
    calls: list[int] = field(default_factory=lambda: [0])

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        logits, tape = super().forward(params, batch, tape)
        if self.place == "loss" and self.calls[0] == 2:
            logits[params.flat[:, 0] < 0, 3, 2] = self.value
        return logits, tape

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        self.calls[0] += 1
        if self.calls[0] == 3 and self.place != "loss":
            array = params.flat if self.place == "params" else out.flat
            array[params.flat[:, 0] < 0, 7] = self.value


@pytest.mark.may_overflow
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", ["params", "gradient", "loss"])
def test_a_value_that_is_not_finite_ends_its_own_run_alone(
    place: str, value: float, tmp_path: Path, make_cell: MakeCell
) -> None:
    cell = make_cell("budget=6", "evaluation.curve_every=100")
    healthy = block_of(cell, tmp_path / "healthy", 8)
    run_block(healthy)
    poisoned = block_of(
        replace(cell, model=Poisoned(**vars(cell.model), place=place, value=value)), tmp_path / "poisoned", 8
    )
    run_block(poisoned)
    n_diverged = 0
    for seed, well, ill in zip(range(8), stored(healthy), stored(poisoned), strict=True):
        first = cell.model.init([generator(seed, "init")], 9, 9, "float64").flat[0, 0]
        if first < 0:
            n_diverged += 1
            assert (ill["outcome"], ill["sequences_seen"], ill["sequences_to_solve"]) == ("diverged", 3, None)
        else:
            assert ill["outcome"] == well["outcome"] != "diverged"
            assert ill["weights_sha256"] == well["weights_sha256"]
            curves = [(folder / f"seed={seed}" / files.CURVE).read_bytes() for folder in tmp_path.iterdir()]
            assert curves[0] == curves[1]
    assert 0 < n_diverged < 8


@pytest.mark.may_overflow
@pytest.mark.parametrize("engine", ["numpy", "reference", pytest.param("compiled", marks=pytest.mark.slow)])
def test_huge_learning_rates_diverge_by_every_engine(engine: str, tmp_path: Path, make_cell: MakeCell) -> None:
    settings = ("optimiser=sgd", "optimiser.clip_norm=null", "optimiser.learning_rate=1e308", "budget=20")
    block = block_of(make_cell(f"engine={engine}", *settings), tmp_path)
    run_block(block)
    for result in stored(block):
        assert result["outcome"] == "diverged"
        assert result["sequences_seen"] < 5
        json.dumps(result, allow_nan=False)


# What cannot be pickled


@dataclass(frozen=True)
class Holding(LSTM):
    """Holds something."""

    held: Any = field(default_factory=threading.Lock)


@pytest.mark.parametrize("held", [threading.Lock(), lambda: 0, (n for n in ())], ids=["lock", "lambda", "generator"])
def test_what_cannot_be_pickled_trains_in_this_process(held: Any, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=5")
    block = block_of(replace(cell, model=Holding(**vars(cell.model), held=held)), tmp_path)
    run_blocks([block], None)
    assert [result["outcome"] for result in stored(block)] == ["budget"] * 3


@pytest.mark.parametrize("held", [threading.Lock(), (n for n in ())], ids=["lock", "generator"])
def test_what_cannot_be_pickled_fails_alone_with_the_reason(held: Any, tmp_path: Path, make_cell: MakeCell) -> None:
    cell = make_cell("budget=5")
    bad = block_of(replace(cell, model=Holding(**vars(cell.model), held=held)), tmp_path / "bad")
    good = [block_of(cell, tmp_path / name) for name in ("first", "second")]
    run_blocks([good[0], bad, good[1]], 2)
    for block in good:
        assert [result["outcome"] for result in stored(block)] == ["budget"] * 3
    for result in stored(bad):
        assert result["outcome"] == "failed"
        assert "pickle" in result["failure"].strip().splitlines()[-1]


# Warnings


@dataclass(frozen=True)
class Warner(LSTM):
    """Warns in every sequence, always alike or each time another way."""

    same: bool
    calls: list[int] = field(default_factory=lambda: [0])

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        self.calls[0] += 1
        warnings.warn("careful" if self.same else f"careful {self.calls[0]}", UserWarning, stacklevel=1)
        np.mean(np.zeros(0))  # a RuntimeWarning of numpy


def warned_lines(run: Run) -> list[str]:
    return [line for line in (run.folder / "lagrun.log").read_text().splitlines() if "arning" in line]


def test_each_warning_is_logged_once_and_shown_nowhere(
    tmp_path: Path, make_cell: MakeCell, capfd: pytest.CaptureFixture[str]
) -> None:
    cell = make_cell("budget=20")
    block = block_of(replace(cell, model=Warner(**vars(cell.model), same=True)), tmp_path)
    with to_logs(block.runs):
        run_block(block)
    assert [result["outcome"] for result in stored(block)] == ["budget"] * 3
    for run in block.runs:
        lines = warned_lines(run)
        assert sum("UserWarning: careful (" in line and "test_faulty_runs.py, line " in line for line in lines) == 1
        assert sum("RuntimeWarning: Mean of empty slice" in line for line in lines) == 1
        assert len(lines) <= 4
    assert capfd.readouterr() == ("", "")


def test_the_next_block_s_warnings_are_logged_again_and_filters_come_back(tmp_path: Path) -> None:
    filters, show = list(warnings.filters), warnings.showwarning
    runs = [Run(n, n, tmp_path / str(n)) for n in range(2)]
    for run in runs:
        with to_logs([run]):
            warnings.warn("careful", UserWarning, stacklevel=1)
    assert [len(warned_lines(run)) for run in runs] == [1, 1]
    assert (list(warnings.filters), warnings.showwarning) == (filters, show)


def test_warnings_that_are_always_different_end(tmp_path: Path) -> None:
    run = Run(0, 0, tmp_path)
    with to_logs([run]):
        for n in range(10 * MOST):
            warnings.warn(f"careful {n}", UserWarning, stacklevel=1)
    lines = warned_lines(run)
    assert len(lines) == MOST + 1
    assert lines[-1].endswith(f"more than {MOST} different warnings; no further ones are logged")


def test_a_run_with_a_result_is_left_alone(tmp_path: Path) -> None:
    runs = [Run(n, n, tmp_path / str(n)) for n in range(2)]
    for run in runs:
        run.folder.mkdir()
    (runs[0].folder / files.RESULT).write_text("{}")
    with to_logs(runs):
        warnings.warn("careful", UserWarning, stacklevel=1)
    assert [path.name for path in runs[0].folder.iterdir()] == [files.RESULT]
    assert len(warned_lines(runs[1])) == 1


# Seeds beyond 64 bits

HUGE = [2**63 - 2, 2**63 - 1, 2**63, 2**63 + 1, 2**64, 2**64 + 1, 2**128 - 1]


def test_seeds_beyond_64_bits_stay_exact(command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5", "execution.n_jobs=1")
    listed = ",".join(map(str, [1, *HUGE]))
    outcome = command(*few, "-m", f"seed={listed}")
    assert (outcome.status, outcome.err) == (0, "")
    (sweep,) = (tmp_path / "outputs").iterdir()
    with (sweep / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["seed"] for row in rows] == listed.split(",")
    weights = set()
    for seed in [1, *HUGE]:
        (folder,) = sweep.glob(f"*/seed={seed}")
        result = files.read_result(folder)
        assert result is not None
        assert result["seed"] == seed
        assert f"seed: {seed}\n" in (folder / ".hydra" / "config.yaml").read_text()
        weights.add(result["weights_sha256"])
    assert len(weights) == 1 + len(HUGE)
    assert "8" in outcome.out


def test_a_range_of_seeds_may_cross_64_bits(command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5", "execution.n_jobs=1")
    outcome = command(*few, "-m", "seed=9223372036854775806-9223372036854775809")
    assert (outcome.status, outcome.err) == (0, "")
    (sweep,) = (tmp_path / "outputs").iterdir()
    with (sweep / "runs.csv").open() as file:
        assert [int(row["seed"]) for row in csv.DictReader(file)] == list(range(2**63 - 2, 2**63 + 2))


@pytest.mark.parametrize("seed", HUGE)
def test_a_single_run_may_have_any_seed(seed: int, command: Command, tmp_path: Path) -> None:
    few = ("budget=3", "criterion.window=2", "evaluation.n_sequences=4", "task.p=5")
    outcome = command(*few, f"seed={seed}")
    assert (outcome.status, outcome.err) == (0, "")
    assert f" seed={seed}: " in outcome.out
    (folder,) = (tmp_path / "outputs").iterdir()
    result = files.read_result(folder)
    assert result is not None
    assert result["seed"] == seed


@dataclass(frozen=True)
class Returning(SGD):
    """Returns new weights instead of changing those it is given."""

    def update(self, params: np.ndarray, grads: np.ndarray, state: dict[str, np.ndarray], step: int) -> Any:
        return params - self.learning_rate * grads


def test_an_optimiser_that_returns_weights_is_told_so(make_cell: MakeCell) -> None:
    cell = make_cell("optimiser=sgd")
    with pytest.raises(TypeError, match=r"Returning\.update returned something; it must change params in place"):
        train(replace(cell, optimiser=Returning(**vars(cell.optimiser))), [0], lambda result: None)


@dataclass(frozen=True)
class Exits(NoiseFree):
    """Ends its process politely, wherever it is asked for a sequence."""

    @property
    def n_steps(self) -> int:
        raise SystemExit(0)

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        raise SystemExit(0)


def test_a_task_that_exits_fails_its_runs(command: Command) -> None:
    words = ("task._target_=tests.execution.test_faulty_runs.Exits", "trusted_modules=[tests]", "budget=3", "task.p=5")
    status, out, _ = command(*words, "execution.n_jobs=1", "hydra.sweep.dir=out", "-m", "seed=0,1")
    assert status == 1
    assert out.count("failed: out/") == 2
