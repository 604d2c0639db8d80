"""The plain engine: one seed after the other, one step at a time. Slow, readable, and the oracle of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lagrun.interfaces import Batch, Model
from lagrun.params import Params


class PlainModel(Protocol):
    """A model on one sequence of one seed, with one-hot inputs; what ``Model.reference()`` returns."""

    def n_inputs(self, weights: Mapping[str, np.ndarray]) -> int:
        """Return the number of input symbols, V."""

    def forward(self, weights: Mapping[str, np.ndarray], inputs: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return logits, shape (T, K), and a tape, given one-hot inputs, shape (T, V)."""

    def grads(self, weights: Mapping[str, np.ndarray], tape: Any, dlogits: np.ndarray) -> Mapping[str, np.ndarray]:
        """Return the gradient of every weight."""


@dataclass(frozen=True)
class Reference:
    """Run every model by its plain loop."""

    def network(self, model: Model) -> Model:
        """Wrap the model's own `PlainModel`; ValueError if it has none."""
        plain = getattr(model, "reference", None)
        if plain is None:
            raise ValueError(f"{type(model).__name__} has no plain loop: use engine=numpy")
        return _PlainNetwork(model, plain())


class _PlainNetwork:
    """The signature of a lockstep model around a plain one."""

    def __init__(self, model: Model, plain: PlainModel) -> None:
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

    def grads(self, params: Params, batch: Batch, tape: Any, dlogits: np.ndarray, out: Params) -> None:
        for s, seed_tape in enumerate(tape):
            length = batch.lengths[s]
            wanted = np.zeros((length, dlogits.shape[2]), dlogits.dtype)
            wanted[-dlogits.shape[1] :] = dlogits[s, :length]
            for name, value in self._plain.grads(_row(params, s), seed_tape, wanted).items():
                out[name][s] = value


def _row(params: Params, s: int) -> dict[str, np.ndarray]:
    return {name: params[name][s] for name in params}
