"""The plain engine: one seed after the other, one step at a time. Slow, readable; the others are tested against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lagrun.interfaces import Batch, Growing, Model, StepModel
from lagrun.interfaces.params import Params
from lagrun.interfaces.plain_loop import PlainBackward, PlainStep
from lagrun.interfaces.step_grads import StepGrads


@dataclass(frozen=True)
class Reference:
    """Run every model by its plain loop."""

    lockstep: ClassVar[bool] = False

    def network(self, model: Model) -> Model:
        """Wrap the model's own `PlainModel`; ValueError if it has none."""
        reference = getattr(model, "reference", None)
        if reference is None:
            raise ValueError(f"{type(model).__name__} has no plain loop: use engine=numpy")
        plain = reference()
        backward, step = isinstance(plain, PlainBackward), isinstance(plain, PlainStep)
        if backward and step:
            return _Both(model, plain)
        return _Step(model, plain) if step else _Backward(model, plain)


class _Network:
    """Wraps a plain model, so that it can be called as a lockstep model."""

    def __init__(self, model: Model, plain: Any) -> None:
        self._model, self._plain = model, plain

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        return self._model.init(rngs, n_inputs, n_outputs, dtype)

    def forward(self, params: Params, batch: Batch, tape: Any = None) -> tuple[np.ndarray, Any]:
        n_outputs = batch.targets.shape[1]
        logits, tapes = [], []
        for s in range(params.n_seeds):
            weights, ids = _row(params, s), batch.ids[s, : batch.lengths[s]]
            inputs = np.zeros((len(ids), self._plain.n_inputs(weights)), params.flat.dtype)
            inputs[np.arange(len(ids)), ids] = 1
            seed_logits, seed_tape = self._plain.forward(weights, inputs)
            shown = np.zeros((n_outputs, seed_logits.shape[1]), seed_logits.dtype)
            shown[: len(ids)] = seed_logits[-n_outputs:] if batch.only_at_end else seed_logits
            logits.append(shown)
            tapes.append(seed_tape)
        return np.array(logits), tapes

    def start(self, params: Params) -> dict[str, np.ndarray]:
        return self._model.start(params) if isinstance(self._model, Growing) else {}

    def restrict(self, state: dict[str, np.ndarray], grads: Params) -> None:
        if isinstance(self._model, Growing):
            self._model.restrict(state, grads)

    def grow(self, params: Params, state: dict[str, np.ndarray], losses: np.ndarray) -> None:
        if isinstance(self._model, Growing):
            self._model.grow(params, state, losses)


class _Backward(_Network):
    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        for s, seed_tape in enumerate(tape):
            length = batch.lengths[s]
            wanted = np.zeros((length, dlogits.shape[2]), dlogits.dtype)
            wanted[-dlogits.shape[1] :] = dlogits[s, :length]
            for name, value in self._plain.grads(_row(params, s), seed_tape, wanted).items():
                out[name][s] = value


class _Step(_Network):
    def by_row(self, params: Params) -> Sequence[str]:
        assert isinstance(self._model, StepModel)
        return self._model.by_row(params)

    def begin(self, params: Params, batch: Batch, carry: dict[str, np.ndarray] | None) -> dict[str, np.ndarray]:
        before = [None] * params.n_seeds if carry is None else carry["plain"]
        plain = np.empty(params.n_seeds, object)
        for s in range(params.n_seeds):
            plain[s] = self._plain.begin(_row(params, s), before[s])
        return {"plain": plain}

    def step(self, params: Params, carry: dict[str, np.ndarray], batch: Batch, t: int) -> np.ndarray:
        logits: list[np.ndarray] = []
        for s in range(params.n_seeds):
            if t >= batch.lengths[s]:  # padding: these outputs do not count
                logits.append(np.zeros_like(logits[0] if logits else carry["logits"][s]))
                continue
            weights = _row(params, s)
            x = np.zeros(self._plain.n_inputs(weights), params.flat.dtype)
            x[batch.ids[s, t]] = 1
            logits.append(self._plain.step(weights, carry["plain"][s], x))
        carry["logits"] = np.array(logits)
        return carry["logits"].copy()

    def step_grads(
        self, params: Params, carry: dict[str, np.ndarray], batch: Batch, t: int, dlogits: np.ndarray, out: StepGrads
    ) -> None:
        targets = batch.targets[:, 0 if batch.only_at_end else t]
        out.whole.flat[:] = 0.0
        for rows in out.rows.values():
            rows[:] = 0.0
        for s in np.flatnonzero(t < batch.lengths).tolist():
            grads = self._plain.step_grads(_row(params, s), carry["plain"][s], dlogits[s], int(targets[s]))
            for name in out.whole:
                out.whole[name][s] = grads[name]
            for name, rows in out.rows.items():
                row = int(np.abs(grads[name]).sum(1).argmax())  # all the others are zero
                rows[s], out.index[name][s] = grads[name][row], row


class _Both(_Backward, _Step):
    """A plain model with both rules."""


def _row(params: Params, s: int) -> dict[str, np.ndarray]:
    return {name: params[name][s] for name in params}
