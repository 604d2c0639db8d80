"""A user's class that returns wrong shapes, returns new weights or exits is told so, and fails its own runs alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lagrun.execution.run_block import run_block
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
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.loop import train
from tests.conftest import Command, MakeCell
from tests.execution.blocks import block_of, stored


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
    words = (
        "task._target_=tests.execution.test_faulty_classes.Exits",
        "trusted_modules=[tests]",
        "budget=3",
        "task.p=5",
    )
    status, out, _ = command(*words, "execution.n_jobs=1", "hydra.sweep.dir=out", "-m", "seed=0,1")
    assert status == 1
    assert out.count("failed: out/") == 2
