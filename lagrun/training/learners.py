"""How a block learns from one sequence: one update at its end, or one at each of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lagrun.interfaces import BackwardModel, Batch, Growing, Model, Optimiser, StepModel, checkpoint
from lagrun.interfaces.contracts import FirstSequence
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.interfaces.task import one_error_a_sequence

#: Weights that are clipped and updated together: their gradients and state then stay in the caches.
UPDATE_TOGETHER = 262_144

AnyLearner = TypeVar("AnyLearner", "SequenceLearner", "StepLearner")


class Lesson(NamedTuple):
    """What was measured while a block learned from one sequence.

    Attributes
    ----------
    losses : np.ndarray, shape (S, O)
        Unweighted errors, each computed before the update that follows from it.
    last_step_correct : np.ndarray of bool, shape (S,)
        Whether the largest output at the last step was the right one.
    norms : np.ndarray, shape (S,)
        Norm of the gradient of the sequence, or of its last step where every step has its own update.
    """

    losses: np.ndarray
    last_step_correct: np.ndarray
    norms: np.ndarray


def learner(experiment: Experiment, network: Model, params: Params) -> SequenceLearner | StepLearner:
    """Choose the loop that the experiment's model and its `updates` need."""
    if isinstance(network, BackwardModel) and (
        experiment.updates == "sequence" or one_error_a_sequence(experiment.task)
    ):
        return _checked_once(SequenceLearner(experiment, network, params), experiment, params)
    assert isinstance(network, StepModel)
    return _checked_once(StepLearner(experiment, network, params), experiment, params)


def _checked_once(learner: AnyLearner, experiment: Experiment, params: Params) -> AnyLearner:
    """Check all shapes while the learner learns from its first sequence, and not later."""
    network, learn = learner._network, learner.learn
    learner._network = FirstSequence(experiment, network, params)

    def learn_first(batch: Batch, sequence: int) -> Lesson:
        lesson = learn(batch, sequence)
        learner._network = network
        del learner.learn  # so that the class's method is found again
        return lesson

    learner.learn = learn_first  # type: ignore[method-assign]
    return learner


class SequenceLearner:
    """One forward pass, one backward pass and one update per sequence."""

    def __init__(self, experiment: Experiment, network: BackwardModel, params: Params) -> None:
        self._experiment, self._network, self._params = experiment, network, params
        self._grads = params.like()
        self._tape: Any = None
        self._state = experiment.optimiser.init(params.flat)
        self._growth = _Growth(network, params)

    def learn(self, batch: Batch, sequence: int) -> Lesson:
        """Learn from training sequence number `sequence` (from 1) of every seed."""
        experiment, params, grads = self._experiment, self._params, self._grads
        logits, self._tape = self._network.forward(params, batch, self._tape)
        right = logits[batch.last].argmax(-1) == batch.targets[batch.last]
        losses, dlogits = experiment.loss(logits, batch.targets, experiment.loss_weighting(batch, params.flat.dtype))
        self._network.grads(params, batch, self._tape, dlogits, grads)
        self._growth.restrict(grads)
        norms = global_norm(grads.flat)
        update(experiment.optimiser, params.flat, grads.flat, self._state, norms, sequence)
        losses = np.where(batch.scored, losses, 0.0)
        self._growth.grow(losses)
        return Lesson(losses, right, norms)

    def keep(self, seeds: np.ndarray, params: Params) -> None:
        """Drop all seeds but those at the positions `seeds`, whose weights are `params`."""
        self._params, self._grads = params, params.like()
        self._state = {name: array[seeds] for name, array in self._state.items()}
        self._growth.keep(seeds, params)

    def state(self, seed: int) -> dict[str, np.ndarray]:
        """Copy all that learning changes, but for the weights, of the seed at position `seed`."""
        return _state_of(seed, optimiser=self._state, growth=self._growth.state)

    def set_states(self, states: Sequence[Mapping[str, np.ndarray]]) -> None:
        """Go on from what `state` has told of each seed; ValueError if that cannot be."""
        self._state = _joined(states, "optimiser", self._state)
        self._growth.state = _joined(states, "growth", self._growth.state)


class StepLearner:
    """One step after the other, for rules that can update inside a sequence.

    With ``updates: sequence``, and where only the last step has an output, the gradients of all steps are added up for
    one update at the end of the sequence.
    """

    def __init__(self, experiment: Experiment, network: StepModel, params: Params) -> None:
        self._experiment, self._network, self._params = experiment, network, params
        self._n_updates = 0
        self._carry: dict[str, np.ndarray] | None = None
        self._state = experiment.optimiser.init(params.flat)
        self._growth = _Growth(network, params)
        self._sparse = (
            getattr(experiment.optimiser, "zero_gradient_changes_nothing", False) and not experiment.optimiser.clip_norm
        )
        self._allocate()

    def learn(self, batch: Batch, sequence: int) -> Lesson:
        """Learn from training sequence number `sequence` (from 1) of every seed."""
        weights = self._experiment.loss_weighting(batch, self._params.flat.dtype)
        self._carry = self._network.begin(self._params, batch, self._carry)
        if self._experiment.updates == "step" and not batch.only_at_end:
            losses, right, norms = self._update_at_each_step(batch, weights, self._carry)
        else:
            losses, right, norms = self._update_at_the_end(batch, weights, self._carry)
        losses = np.where(batch.scored, losses, 0.0)
        self._growth.grow(losses)
        return Lesson(losses, right, norms)

    def _update_at_each_step(self, batch: Batch, weights: np.ndarray, carry: dict[str, np.ndarray]) -> Lesson:
        if batch.padded:
            raise ValueError("updates=step needs sequences of equal length")
        losses, last = np.zeros_like(weights), weights.shape[1] - 1
        for t in range(last + 1):
            logits = self._network.step(self._params, carry, batch, t)
            if t == last:
                right = logits.argmax(-1) == batch.targets[:, t]
            losses[:, t] = self._learn_step(batch, carry, t, logits, batch.targets[:, t], weights[:, t])
            if t == last:
                norms = self._step_grads.norms()
            self._update_after_step()
        return Lesson(losses, right, norms)

    def _update_at_the_end(self, batch: Batch, weights: np.ndarray, carry: dict[str, np.ndarray]) -> Lesson:
        losses, right = np.zeros_like(weights), np.zeros(len(weights), bool)
        self._grads.flat[:] = 0.0
        for t in range(int(batch.lengths.max())):
            logits = self._network.step(self._params, carry, batch, t)
            ending = batch.lengths == t + 1
            column = 0 if batch.only_at_end else t
            targets, step_weights = batch.targets[:, column], weights[:, column]
            right |= ending & (logits.argmax(-1) == targets)
            if batch.only_at_end:
                if not ending.any():
                    continue
                step_weights = np.where(ending, step_weights, 0.0)
            step_losses = self._learn_step(batch, carry, t, logits, targets, step_weights)
            losses[:, column] = np.where(ending, step_losses, losses[:, 0]) if batch.only_at_end else step_losses
            self._step_grads.add_to(self._grads)
        return Lesson(losses, right, self._update(self._grads))

    def _learn_step(
        self,
        batch: Batch,
        carry: dict[str, np.ndarray],
        t: int,
        logits: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
    ) -> np.ndarray:
        """Write the gradient of step `t` to `_step_grads`; return its losses, shape (S,)."""
        losses, dlogits = self._experiment.loss(logits[:, None], targets[:, None], weights[:, None])
        self._network.step_grads(self._params, carry, batch, t, dlogits[:, 0], self._step_grads)
        self._growth.restrict(self._step_grads.whole)
        return losses[:, 0]

    def keep(self, seeds: np.ndarray, params: Params) -> None:
        """Drop all seeds but those at the positions `seeds`, whose weights are `params`."""
        self._params = params
        self._state = {name: array[seeds] for name, array in self._state.items()}
        if self._carry is not None:
            self._carry = {name: array[seeds] for name, array in self._carry.items()}
        self._growth.keep(seeds, params)
        self._allocate()

    def state(self, seed: int) -> dict[str, np.ndarray]:
        """Copy all that learning changes, but for the weights, of the seed at position `seed`."""
        n_updates = {"n": np.full(len(self._params.flat), self._n_updates)}
        parts = {"updates": n_updates, "optimiser": self._state, "growth": self._growth.state}
        return _state_of(seed, **parts, carry=self._carry or {})

    def set_states(self, states: Sequence[Mapping[str, np.ndarray]]) -> None:
        """Go on from what `state` has told of each seed; ValueError if that cannot be."""
        self._state = _joined(states, "optimiser", self._state)
        self._growth.state = _joined(states, "growth", self._growth.state)
        self._carry = _joined(states, "carry", None) or None
        n_updates = _joined(states, "updates", {"n": np.zeros(1, int)})["n"]
        if (n_updates != n_updates[0]).any():
            raise ValueError(f"seeds go on side by side after as many updates of each, not after {n_updates.tolist()}")
        self._n_updates = int(n_updates[0])

    def _allocate(self) -> None:
        self._grads = self._params.like()
        self._step_grads = StepGrads(self._params, self._network.by_row(self._params))

    def _update_after_step(self) -> None:
        if self._sparse:
            self._n_updates += 1
            self._step_grads.descend(self._experiment.optimiser, self._params, self._n_updates)
            return
        self._grads.flat[:] = 0.0
        self._step_grads.add_to(self._grads)
        self._update(self._grads)

    def _update(self, grads: Params) -> np.ndarray:
        norms = global_norm(grads.flat)
        self._n_updates += 1
        update(self._experiment.optimiser, self._params.flat, grads.flat, self._state, norms, self._n_updates)
        return norms


class _Growth:
    """The state of a net that grows while it learns; nothing for any other."""

    def __init__(self, network: Model, params: Params) -> None:
        self._network = network if isinstance(network, Growing) else None
        self._params = params
        self.state = self._network.start(params) if self._network else {}

    def restrict(self, grads: Params) -> None:
        if self._network:
            self._network.restrict(self.state, grads)

    def grow(self, losses: np.ndarray) -> None:
        if self._network:
            self._network.grow(self._params, self.state, losses.sum(-1))

    def keep(self, seeds: np.ndarray, params: Params) -> None:
        self._params = params
        self.state = {name: array[seeds] for name, array in self.state.items()}


def _state_of(seed: int, **parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Copy one seed's rows of several kinds of state."""
    found: dict[str, np.ndarray] = {}
    for name, arrays in parts.items():
        found |= checkpoint.with_prefix(name, checkpoint.row(arrays, seed))
    return found


def _joined(
    states: Sequence[Mapping[str, np.ndarray]], name: str, like: Mapping[str, np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Put one kind of state of several seeds side by side."""
    return checkpoint.block([checkpoint.part(name, state) for state in states], like)


def global_norm(grads: np.ndarray) -> np.ndarray:
    """Euclidean norm of every seed's gradient, shape (S,), given gradients of shape (S, P)."""
    return np.sqrt(np.vecdot(grads, grads))


def update(
    optimiser: Optimiser,
    params: np.ndarray,
    grads: np.ndarray,
    state: dict[str, np.ndarray],
    norms: np.ndarray,
    step: int,
) -> None:
    """Clip every seed's gradient to the optimiser's global norm and apply its update, a few seeds at a time.

    Parameters
    ----------
    optimiser : Optimiser
        The rule.
    params, grads : np.ndarray, shape (S, P)
        `params` is changed; `grads` is used up.
    state : dict of np.ndarray
        The optimiser's, changed in place.
    norms : np.ndarray, shape (S,)
        Gradient norms.
    step : int
        Number of the update, from 1.
    """
    together = max(1, UPDATE_TOGETHER // params.shape[1])
    for start in range(0, len(params), together):
        rows = slice(start, start + together)
        if optimiser.clip_norm is not None:
            grads[rows] *= (optimiser.clip_norm / np.maximum(norms[rows], optimiser.clip_norm))[:, None]
        of_rows = {name: array[rows] for name, array in state.items()}
        if optimiser.update(params[rows], grads[rows], of_rows, step) is not None:  # type: ignore[func-returns-value]
            raise TypeError(f"{type(optimiser).__name__}.update returned something; it must change params in place")
