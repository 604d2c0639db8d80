"""Loops compiled by numba, one seed after the other: the fastest engine, for the models that have such loops."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lagrun.checks import speaks_for
from lagrun.interfaces import BackwardModel, Model, SeedLearner, SeveralAtOnce
from lagrun.learning import one_error_a_sequence
from lagrun.params import Params

if TYPE_CHECKING:
    from lagrun.cell import Cell


#: Methods of a model whose work its compiled form does.
PASSES = ("forward", "grads", "begin", "step", "step_grads", "start", "restrict", "grow")


@dataclass(frozen=True)
class Compiled:
    """Train by `lagrun.compiled`; nets that are only tested run as they are written."""

    lockstep: ClassVar[bool] = False

    def network(self, model: Model) -> Model:
        """Return `model` itself; ValueError if it has no compiled loops, or if numba is not installed."""
        if find_spec("numba") is None:
            raise ValueError("needs numba: pip install 'lagrun[fast]'")
        if not speaks_for(type(model), "compiled", PASSES):
            raise ValueError(f"{type(model).__name__} has no compiled form: use engine=numpy")
        return model

    def check(self, cell: Cell) -> None:
        """Refuse what has no compiled form; see `lagrun.interfaces.SeedBySeed`."""
        from lagrun.compiled.losses import error_of
        from lagrun.compiled.optimisers import PLAIN, rule_of

        error_of(cell.loss)
        rule_of(cell.optimiser)
        if _at_once(cell) and (rule_of(cell.optimiser).kind != PLAIN or cell.optimiser.clip_norm is not None):
            raise ValueError("updates=step is compiled for optimiser=sgd without clip_norm alone: use engine=numpy")
        cell.model.compiled(_by_step(cell), _only_at_end(cell))  # type: ignore[attr-defined]

    def prepare(self, cell: Cell) -> None:
        """Compile, or load from disk, what the cell needs; see `lagrun.interfaces.SeedBySeed`."""
        rng = np.random.default_rng(0)
        params = cell.model.init([rng], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
        with np.errstate(all="ignore"):
            self.learner(cell, params).learn(cell.task.sample(rng, 0, 1), 0, None)

    def learner(self, cell: Cell, params: Params) -> SeedLearner:
        """Make the learner of one seed; see `lagrun.interfaces.SeedBySeed`."""
        from lagrun.compiled.learner import CompiledLearner

        make_net = cell.model.compiled(_by_step(cell), _only_at_end(cell))  # type: ignore[attr-defined]
        pause = cell.criterion.pause() if isinstance(cell.criterion, SeveralAtOnce) else None
        return CompiledLearner(cell, make_net, _by_step(cell), _at_once(cell), params, pause)


def _by_step(cell: Cell) -> bool:
    """Whether the model learns step by step, as in `lagrun.learning.learner`."""
    return not isinstance(cell.model, BackwardModel) or _at_once(cell)


def _at_once(cell: Cell) -> bool:
    """Whether weights change inside a sequence."""
    return cell.updates == "step" and not _only_at_end(cell)


def _only_at_end(cell: Cell) -> bool:
    """Whether outputs are wanted only at the end of a sequence; a task that fails is to fail in its run."""
    try:
        return one_error_a_sequence(cell.task)
    except Exception:
        return False
