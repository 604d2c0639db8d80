"""The training loops: many sequences of one seed per call, with one update per sequence or per step."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.dispatch import add_step_gradient, backward, begin, forward, grow, prepare, step
from lagrun.engines.compiled.jit import function, kernel, routine
from lagrun.engines.compiled.losses import argmax, is_near, to_gradient
from lagrun.engines.compiled.optimisers import all_finite, descend


class Weights(NamedTuple):
    """Weights of one seed, their gradient and the optimiser's state (see `descend`), all of shape (P,)."""

    values: np.ndarray
    grads: np.ndarray
    first: np.ndarray
    second: np.ndarray


class Lessons(NamedTuple):
    """``N`` training sequences, arrays as in `lagrun.interfaces.Batch`, and room for the results.

    `weights` are the weights of each step's error. `right` tells whether the largest output at the last step was right.
    `latest` has the error of the latest sequence, the error of its last step, and the norm of its gradient.
    """

    ids: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray
    right: np.ndarray
    latest: np.ndarray


class Probe(NamedTuple):
    """Sequences of the criterion's test: a net that fails one of them would fail the test.

    After each `every` sequences (0: never), the net is tested on them. Learning pauses if all scored outputs, or those
    at the end, are less than `threshold` away from their targets.
    """

    every: int
    threshold: float
    only_at_end: bool
    ids: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    lengths: np.ndarray


@kernel
def learn_by_sequence(net: Any, weights: Any, lessons: Any, done: Any, error: Any, rule: Any, probe: Any) -> Any:
    """Learn with one update per sequence.

    Parameters
    ----------
    net : NamedTuple
        With `forward` and `backward`.
    weights : Weights
        Changed.
    lessons : Lessons
        What to learn from.
    done : int
        Number of training sequences before these.
    error : lagrun.engines.compiled.losses.Error
        Which error.
    rule : lagrun.engines.compiled.optimisers.Rule
        Which update.
    probe : Probe
        When to pause.

    Returns
    -------
    int
        How many sequences were learnt: all, or as many as it took until the probe was passed, or until an error, a
        gradient or a weight was not finite.
    """
    prepare(net)
    for n in range(len(lessons.lengths)):
        n_steps = lessons.lengths[n]
        first = _first_output(lessons, n)
        last = n_steps - first - 1
        forward(net, lessons.ids[n], n_steps, first)
        lessons.right[n] = argmax(net.logits, last, net.n_outputs) == lessons.targets[n, last]
        total = latest = 0.0
        for r in range(last + 1):
            latest = to_gradient(error, net.logits, r, net.n_outputs, lessons.targets[n, r], lessons.weights[n, r])
            latest = latest if lessons.scored[n, r] else 0.0
            total += latest
        backward(net, lessons.ids[n], n_steps, first)
        norm = descend(rule, weights, done + n + 1)
        grow(net, total)
        if _pauses(net, weights, lessons, done + n + 1, total, latest, norm, error, probe):
            return n + 1
    return len(lessons.lengths)


@kernel
def learn_by_step(
    net: Any, weights: Any, lessons: Any, done: Any, error: Any, rule: Any, probe: Any, at_once: Any
) -> Any:
    """Learn step by step; as `learn_by_sequence`, but `net` has `begin`, `step` and `add_step_gradient`.

    With `at_once`, a step's gradient changes the weights at that step, by plain gradient descent without clipping; else
    the steps' gradients are added up for one update at the end of the sequence.
    """
    prepare(net)
    for n in range(len(lessons.lengths)):
        n_steps = lessons.lengths[n]
        first = _first_output(lessons, n)
        total = latest = squares = 0.0
        if not at_once:
            weights.grads[:] = 0.0
        begin(net)
        for t in range(n_steps):
            symbol = lessons.ids[n, t]
            step(net, symbol)
            r = t - first
            if r < 0:
                continue
            target = lessons.targets[n, r]
            if t == n_steps - 1:
                lessons.right[n] = argmax(net.logits, 0, net.n_outputs) == target
            latest = to_gradient(error, net.logits, 0, net.n_outputs, target, lessons.weights[n, r])
            latest = latest if lessons.scored[n, r] else 0.0
            total += latest
            if at_once:
                is_last = t == n_steps - 1
                squares = add_step_gradient(net, symbol, target, -rule.learning_rate, weights.values, is_last)
            else:
                add_step_gradient(net, symbol, target, 1.0, weights.grads, False)
        norm = sqrt(squares)
        if not at_once:
            norm = descend(rule, weights, done + n + 1)
        grow(net, total)
        if _pauses(net, weights, lessons, done + n + 1, total, latest, norm, error, probe):
            return n + 1
    return len(lessons.lengths)


@function
def _first_output(lessons: Any, n: Any) -> Any:
    """First step of sequence `n` at which outputs are wanted."""
    return lessons.lengths[n] - 1 if lessons.targets.shape[1] < lessons.ids.shape[1] else 0


@function
def _pauses(
    net: Any, weights: Any, lessons: Any, done: Any, total: Any, latest: Any, norm: Any, error: Any, probe: Any
) -> Any:
    """Store the results of the latest sequence; tell whether learning pauses after it."""
    lessons.latest[0], lessons.latest[1], lessons.latest[2] = total, latest, norm
    if not (abs(total) < inf and norm < inf and all_finite(weights.values)):
        return True
    return probe.every > 0 and done % probe.every == 0 and _passes(net, error, probe)


@routine
def _passes(net: Any, error: Any, probe: Any) -> Any:
    """Tell whether the net is good on all sequences of the probe, the last step of each first: most nets fail there."""
    has_one_column = probe.targets.shape[1] < probe.ids.shape[1]
    for stage in range(1 if probe.only_at_end or has_one_column else 2):
        for n in range(len(probe.lengths)):
            n_steps = probe.lengths[n]
            first = n_steps - 1 if stage == 0 else 0
            forward(net, probe.ids[n], n_steps, first)
            for r in range(n_steps - first):
                column = 0 if has_one_column else first + r
                if probe.scored[n, column] and not is_near(
                    error, net.logits, r, net.n_outputs, probe.targets[n, column], probe.threshold
                ):
                    return False
    return True
