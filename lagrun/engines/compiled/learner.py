"""A seed that learns in compiled loops: what Python keeps between two calls."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

import numpy as np
from numba.core import event

from lagrun.engines.compiled.aligned import zeros
from lagrun.engines.compiled.forms import MakeNet
from lagrun.engines.compiled.jit import Announcer, only_one_process
from lagrun.engines.compiled.loops import Lessons, Probe, Weights, learn_by_sequence, learn_by_step
from lagrun.engines.compiled.losses import error_of
from lagrun.engines.compiled.optimisers import ADAM, MOMENTUM, PLAIN, rule_of
from lagrun.interfaces import Batch, Pause
from lagrun.interfaces.checkpoint import check_kinds, kinds
from lagrun.interfaces.contracts import check_indices
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params

#: Arrays of `Weights` that hold the state of each kind of optimiser.
_USED = {PLAIN: (), MOMENTUM: ("first",), ADAM: ("first", "second")}

#: Kinds of net and dtype whose machine code this process has loaded.
_loaded: set[tuple[type, str]] = set()


class CompiledLearner:
    """See `lagrun.interfaces.seed_learner.SeedLearner`.

    Parameters
    ----------
    experiment : Experiment
        The configuration.
    make_net : callable
        See `lagrun.engines.compiled.forms.MakeNet`.
    by_step : bool
        Whether the net learns step by step.
    at_once : bool
        Whether it then changes its weights at each step.
    params : Params
        Initial weights of one seed.
    pause : Pause, optional
        When the criterion tests nets.

    Attributes
    ----------
    params : Params
        Weights, changed as the seed learns.
    """

    def __init__(
        self,
        experiment: Experiment,
        make_net: MakeNet,
        by_step: bool,
        at_once: bool,
        params: Params,
        pause: Pause | None,
    ) -> None:
        self._experiment, self._make_net, self._by_step, self._at_once = experiment, make_net, by_step, at_once
        self._error, self._rule = error_of(experiment.loss), rule_of(experiment.optimiser)
        arrays = [zeros(params.n_weights, params.flat.dtype, place) for place in range(4)]
        self._weights = Weights(*arrays)
        self.params, self._grads = (Params(params.shapes, array[None]) for array in arrays[:2])
        self.params.flat[:] = params.flat
        self._net, self._room = make_net(experiment.model, self.params, self._grads, 1), 1
        self._latest = np.zeros(3)
        self._pause = pause
        self._saved: list[np.ndarray] = []

    def learn(self, batch: Batch, done: int, probe: Batch | None) -> np.ndarray:
        """Learn from several sequences; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        check_indices(self._experiment.task, batch)  # compiled code would write out of bounds
        if self._at_once and batch.padded:
            raise ValueError("updates=step needs sequences of equal length")
        tests = self._tests(probe, batch)
        self._make_room(max(batch.ids.shape[1], tests.ids.shape[1]))
        weights = self._experiment.loss_weighting(batch, self.params.flat.dtype)
        lessons = Lessons(
            *_arrays(batch),
            weights=np.ascontiguousarray(weights, self.params.flat.dtype),
            right=np.zeros(len(batch.ids), bool),
            latest=self._latest,
        )
        shared = (self._net, self._weights, lessons, done, self._error, self._rule, tests)
        with ExitStack() as stack:
            kind = (type(self._net), str(self.params.flat.dtype))
            if kind not in _loaded:
                stack.enter_context(only_one_process())
                name = f"{type(self._experiment.model).__name__} for {kind[1]}"
                stack.enter_context(event.install_listener("numba:compile", Announcer(name)))
            n_learnt = learn_by_step(*shared, self._at_once) if self._by_step else learn_by_sequence(*shared)
            _loaded.add(kind)
        return lessons.right[:n_learnt]

    def latest(self) -> dict[str, np.ndarray]:
        """What the latest sequence showed; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        loss, last_step_loss, norm = self._latest.copy()
        return {
            "loss": np.array([loss]),
            "last_step_loss": np.array([last_step_loss]),
            "gradient_norm": np.array([norm]),
        }

    def save(self) -> None:
        """Copy all that changes; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        self._saved = [array.copy() for array in self._changing().values()]

    def restore(self) -> None:
        """Copy it back; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        for array, saved in zip(self._changing().values(), self._saved, strict=True):
            array[:] = saved

    def state(self) -> dict[str, np.ndarray]:
        """Copy all that changes except the weights; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        return {name: array.copy() for name, array in self._changing().items() if name != "values"}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Copy it back; see `lagrun.interfaces.seed_learner.SeedLearner`."""
        arrays = self._changing()
        del arrays["values"]
        check_kinds(state, kinds(arrays))
        for name, array in arrays.items():
            array[:] = state[name]

    def _changing(self) -> dict[str, np.ndarray]:
        arrays = {name: getattr(self._weights, name) for name in ("values", *_USED[self._rule.kind])}
        memory = getattr(self._net, "memory", None)
        return arrays if memory is None else {**arrays, "memory": memory}

    def _make_room(self, n_steps: int) -> None:
        if n_steps <= self._room:
            return
        before = self._net
        self._net, self._room = self._make_net(self._experiment.model, self.params, self._grads, n_steps), n_steps
        if hasattr(before, "memory"):
            self._net.memory[:] = before.memory

    def _tests(self, probe: Batch | None, batch: Batch) -> Probe:
        """The probe in the form that the loops take; without a probe, one that never makes a pause."""
        if probe is None or self._pause is None:
            return Probe(0, 0.0, True, *_arrays(batch[:0]))
        every, threshold, place = self._pause
        # A little larger than the criterion's: results differ in the last bits, and what fails here must fail there.
        threshold *= 1 + 1e4 * float(np.finfo(self.params.flat.dtype).eps)
        return Probe(every, threshold, place == "end", *_arrays(probe))


def _arrays(batch: Batch) -> tuple[np.ndarray, ...]:
    """The arrays of a batch, always in the same types and layout, for which the loops are compiled."""
    return (
        _owned(batch.ids, np.int32),
        _owned(batch.targets, np.int32),
        _owned(batch.scored, np.bool_),
        _owned(batch.lengths, np.int32),
    )


def _owned(array: np.ndarray, dtype: type) -> np.ndarray:
    contiguous: np.ndarray = np.ascontiguousarray(array, dtype)
    return contiguous if contiguous.flags.writeable else contiguous.copy()
