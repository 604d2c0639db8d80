"""`lagrun.testing.check_variant` passes what keeps its promises, and says which one is broken."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from lagrun.criteria.max_abs_error import MaxAbsError
from lagrun.criteria.rolling_accuracy import RollingAccuracy
from lagrun.engines.numpy import Numpy
from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.loss_weightings.last_step import LastStep
from lagrun.loss_weightings.uniform import Uniform
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.losses.squared_error import SquaredError
from lagrun.models.elman import Elman
from lagrun.models.rtrl import RTRL
from lagrun.optimisers.momentum import Momentum
from lagrun.optimisers.sgd import SGD
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.tasks.very_long_lag import VeryLongLag
from lagrun.testing import check_variant
from lagrun.training.admission import build
from tests.helpers import compose_config

ELMAN, STEPPED = (build(compose_config(f"model={name}", "model.hidden_size=3")).model for name in ("elman", "rtrl"))
assert isinstance(ELMAN, Elman)
assert isinstance(STEPPED, RTRL)


@pytest.mark.parametrize(
    "variant",
    [
        *(RollingAccuracy(20, 0.9, 3, None), RollingAccuracy(20, 0.6, 1, 10), MaxAbsError(0.25, "end", 5, 50, 20)),
        *(Uniform(), LastStep(100.0), SquaredError(1.0), NoiseFree(6, "alternating", "end"), VeryLongLag(3, 4)),
        *(Momentum(0.1, 0.9, None), STEPPED),
    ],
    ids=str,
)
def test_what_keeps_its_promises_passes(variant: Any) -> None:
    check_variant(variant)


def test_a_net_is_tried_on_the_task_that_is_named() -> None:
    check_variant(ELMAN, task=VeryLongLag(3, 4))

    class Small(Elman):
        def init(self, rngs: Any, n_inputs: int, n_outputs: int, dtype: str) -> Params:
            assert (n_inputs, n_outputs) == (8, 2)
            return super().init(rngs, n_inputs, n_outputs, dtype)

    check_variant(_as(Small), task=VeryLongLag(3, 4))


def _as(cls: Any, like: Any = ELMAN) -> Any:
    return cls(**{field.name: getattr(like, field.name) for field in fields(like)})


class Scaled(Elman):
    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        out.flat *= 1.001


class Halved(Elman):
    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        super().grads(params, batch, tape, dlogits, out)
        out.flat /= 2


class Averaging(Elman):
    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        logits, tape = super().forward(params, batch, tape)
        return logits + 1e-9 * np.nan_to_num(logits).mean(), tape


class Remembering(Elman):
    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        logits, new = super().forward(params, batch, tape)
        return (logits if tape is None else logits + 1), new


class Double(Elman):
    def init(self, rngs: Any, n_inputs: int, n_outputs: int, dtype: str) -> Params:
        return super().init([rngs[0]] * len(rngs), n_inputs, n_outputs, dtype)


class Reckless(Elman):
    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        returned = super().forward(params, batch, tape)
        params.flat *= 1.0001
        return returned


class Forgetful(Elman):
    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        left = np.copy(out["b_output"]) if "b_output" in out else out.flat[:, -1:].copy()
        super().grads(params, batch, tape, dlogits, out)
        out.flat[:, -1:] = left[:, -1:]


class Padded(Elman):
    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        logits, tape = super().forward(params, batch, tape)
        return logits + batch.ids.shape[1], tape


class Misshown(RTRL):
    def step(self, params: Params, carry: Any, batch: Batch, t: int) -> np.ndarray:
        return super().step(params, carry, batch, t) * (1 + 1e-6)


class Peeking(NoiseFree):
    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        batch = super().sample(rng, first, n)
        rng.random()
        return batch


class Unseeded(NoiseFree):
    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        return super().sample(np.random.default_rng(), first, n)


class Beyond(NoiseFree):
    @property
    def n_outputs(self) -> int:
        return self.p


class Repeating(NoRegularities):
    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        return replace(super().sample(rng, first, n), distinct_ids=True)


class Elsewhere(SGD):
    def update(self, params: np.ndarray, grads: np.ndarray, state: Any, step: int) -> None:
        params = params - self.learning_rate * grads


class Uphill(SGD):
    def update(self, params: np.ndarray, grads: np.ndarray, state: Any, step: int) -> None:
        params += self.learning_rate * grads


class Shared(SGD):
    def update(self, params: np.ndarray, grads: np.ndarray, state: Any, step: int) -> None:
        params -= self.learning_rate * grads * (1 + abs(grads.sum()))


class Flat(SoftmaxCrossEntropy):
    def __call__(self, logits: Any, targets: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
        losses, dlogits = super().__call__(logits, targets, weights)
        dlogits *= 0.99
        return losses, dlogits


class Negative(Uniform):
    def __call__(self, batch: Batch, dtype: np.dtype) -> np.ndarray:
        return -super().__call__(batch, dtype)


class Unmasked(Uniform):
    def __call__(self, batch: Batch, dtype: np.dtype) -> np.ndarray:
        return np.ones(batch.targets.shape, dtype)


class Voting(RollingAccuracy):
    def update(self, state: Any, sequence: int, last_step_correct: np.ndarray, frozen: Any) -> np.ndarray:
        return np.full_like(found := super().update(state, sequence, last_step_correct, frozen), found.any())


class Late(RollingAccuracy):
    def update_several(self, state: Any, sequence: int, right: np.ndarray, frozen: Any) -> tuple[int, bool]:
        n_taken, solved = super().update_several(state, sequence, right, frozen)
        return n_taken, solved and sequence > 100


@dataclass(frozen=True)
class Nothing:
    field: int = 0


ROLLING = RollingAccuracy(20, 0.5, 1, None)
NOISE_FREE = NoiseFree(6, "random", "every_step")


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        (_as(Scaled), "the gradient is not that of the error; a truncated rule needs exact_gradient=False"),
        (_as(Averaging), "the numbers of a seed depend on the seeds beside it"),
        (_as(Remembering), "the tape of earlier sequences has a part in the logits"),
        (_as(Double), "a seed's weights depend on the seeds beside it"),
        (_as(Reckless), "changes the weights that it is given"),
        (_as(Forgetful), "is not written"),
        (_as(Padded), "padding has a part in the numbers"),
        (_as(Misshown, STEPPED), "step does not give the logits of forward"),
        (_as(Peeking, NOISE_FREE), "the stream depends on how it is cut into calls"),
        (_as(Unseeded, NOISE_FREE), "the stream depends on how it is cut into calls"),
        (_as(Beyond, NOISE_FREE), r"targets of the task Beyond are not all in \[0, 6\)"),
        (Repeating(6, "iid", "every_step"), "says distinct_ids, and a symbol occurs twice"),
        (Elsewhere(0.1, None), "must change the weights in place; it leaves them alone"),
        (Uphill(0.1, None), "the first step goes uphill"),
        (Shared(0.1, None), "the weights of a seed depend on the seeds beside it"),
        (Flat(), "the gradient is not that of the weighted losses"),
        (Negative(), "a weight is negative"),
        (Unmasked(), "a step that is not scored has a weight"),
        (_as(Voting, ROLLING), "a seed's answer depends on the seeds beside it"),
        (_as(Late, ROLLING), "Late.update_several: solved after .*, by update after"),
        (Nothing(), "Nothing has the methods of no protocol"),
        (Numpy(), "Numpy has the methods of no protocol"),
        (object(), "object must be a dataclass"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_it_says_which_promise_is_broken(variant: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_variant(variant)


def test_a_truncated_rule_need_not_give_the_gradient_of_the_error() -> None:
    check_variant(_as(Halved), exact_gradient=False)
