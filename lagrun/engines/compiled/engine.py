"""Loops compiled by numba, one seed after the other: the fastest engine, for the models that have such loops."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lagrun.engines.compiled.forms import form_of
from lagrun.interfaces import BackwardModel, BatchedCriterion, Model
from lagrun.interfaces.params import Params
from lagrun.interfaces.seed_learner import SeedLearner
from lagrun.interfaces.task import one_error_a_sequence

if TYPE_CHECKING:
    from lagrun.interfaces.experiment import Experiment


@dataclass(frozen=True)
class Compiled:
    """Train by `lagrun.engines.compiled`; frozen nets are tested by the model's own numpy code."""

    lockstep: ClassVar[bool] = False

    def network(self, model: Model) -> Model:
        """Return `model` itself; ValueError if it has no compiled loops, or if numba is not installed."""
        if find_spec("numba") is None:
            raise ValueError("needs numba: pip install 'lagrun[fast]'")
        form_of(model)
        return model

    def check(self, experiment: Experiment) -> None:
        """Refuse what has no compiled form; see `lagrun.interfaces.seed_learner.SeedBySeed`."""
        from lagrun.engines.compiled.losses import error_of
        from lagrun.engines.compiled.optimisers import PLAIN, rule_of

        error_of(experiment.loss)
        rule, form = rule_of(experiment.optimiser), _form(experiment)
        if form.at_once and (rule.kind != PLAIN or experiment.optimiser.clip_norm is not None):
            needed = "optimiser=sgd optimiser.clip_norm=null"
            raise ValueError(f"updates=step has a compiled form with {needed} alone: use engine=numpy")
        form_of(experiment.model)(experiment.model, form.by_step, form.only_at_end)

    def prepare(self, experiment: Experiment) -> None:
        """Compile, or load from disk, what the experiment needs; see `lagrun.interfaces.seed_learner.SeedBySeed`."""
        rng = np.random.default_rng(0)
        params = experiment.model.init([rng], experiment.task.n_inputs, experiment.task.n_outputs, experiment.dtype)
        with np.errstate(all="ignore"):
            self.learner(experiment, params).learn(experiment.task.sample(rng, 0, 1), 0, None)

    def learner(self, experiment: Experiment, params: Params) -> SeedLearner:
        """Make the learner of one seed; see `lagrun.interfaces.seed_learner.SeedBySeed`."""
        from lagrun.engines.compiled.learner import CompiledLearner

        form = _form(experiment)
        make_net = form_of(experiment.model)(experiment.model, form.by_step, form.only_at_end)
        pause = experiment.criterion.pause() if isinstance(experiment.criterion, BatchedCriterion) else None
        return CompiledLearner(experiment, make_net, form.by_step, form.at_once, params, pause)


class _Form(NamedTuple):
    """Whether the model learns step by step, whether weights then change at once, and when outputs are wanted."""

    by_step: bool
    at_once: bool
    only_at_end: bool


def _form(experiment: Experiment) -> _Form:
    """Choose as `lagrun.training.learners.learner` does. A task that fails must fail in its run, not here."""
    only_at_end = False
    with suppress(Exception):
        only_at_end = one_error_a_sequence(experiment.task)
    at_once = experiment.updates == "step" and not only_at_end
    return _Form(at_once or not isinstance(experiment.model, BackwardModel), at_once, only_at_end)
