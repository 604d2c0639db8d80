"""The rules of `lagrun.optimisers`, all weights of one seed at a time."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any, NamedTuple

from lagrun.engines.compiled.jit import function, routine
from lagrun.interfaces import Optimiser
from lagrun.optimisers.adam import Adam
from lagrun.optimisers.momentum import Momentum
from lagrun.optimisers.sgd import SGD

PLAIN, MOMENTUM, ADAM = 0, 1, 2


class Rule(NamedTuple):
    """Which rule, and its constants; those that a rule does not have are 0."""

    kind: int
    learning_rate: float
    clip_norm: float
    decay: float = 0.0
    decay_of_squares: float = 0.0
    epsilon: float = 0.0


def rule_of(optimiser: Optimiser) -> Rule:
    """Translate an optimiser; ValueError if it has no compiled form."""
    clip_norm = inf if optimiser.clip_norm is None else optimiser.clip_norm
    if type(optimiser) is SGD:
        return Rule(PLAIN, optimiser.learning_rate, clip_norm)
    if type(optimiser) is Momentum:
        return Rule(MOMENTUM, optimiser.learning_rate, clip_norm, optimiser.momentum)
    if type(optimiser) is Adam:
        rate, beta1, beta2, epsilon = (
            optimiser.learning_rate,
            optimiser.beta1,
            optimiser.beta2,
            optimiser.epsilon,
        )
        return Rule(ADAM, rate, clip_norm, beta1, beta2, epsilon)
    raise ValueError(f"{type(optimiser).__name__} has no compiled form: use engine=numpy")


@routine
def descend(rule: Any, seed: Any, step: Any) -> Any:
    """Clip the gradient, apply update number `step` (from 1), and return the gradient's norm before clipping.

    ``seed.first`` is the velocity, or the first moment. Both moments are divided as in `lagrun.optimisers.adam`.
    """
    weights, grads, first, second = seed.values, seed.grads, seed.first, seed.second
    number = weights.dtype.type
    squares = number(0)
    for i in range(len(grads)):
        squares += grads[i] * grads[i]
    norm = sqrt(squares)
    scale = number(1)
    if not norm <= rule.clip_norm:
        scale = number(rule.clip_norm / norm)
    if rule.kind == PLAIN:
        rate = number(rule.learning_rate) * scale
        for i in range(len(weights)):
            weights[i] -= rate * grads[i]
        return norm
    rate, decay = number(rule.learning_rate), number(rule.decay)
    if rule.kind == MOMENTUM:
        for i in range(len(weights)):
            first[i] = decay * first[i] + scale * grads[i]
            weights[i] -= rate * first[i]
        return norm
    root = sqrt((1 - rule.decay_of_squares) / (1 - rule.decay_of_squares ** float(step)))
    rate = number(rule.learning_rate * (1 - rule.decay) / (1 - rule.decay ** float(step)) / root)
    decay_of_squares, epsilon = number(rule.decay_of_squares), number(rule.epsilon / root)
    for i in range(len(weights)):
        gradient = scale * grads[i]
        first[i] = decay * first[i] + gradient
        second[i] = decay_of_squares * second[i] + gradient * gradient
        weights[i] -= rate * first[i] / (number(sqrt(second[i])) + epsilon)
    return norm


@function
def all_finite(weights: Any) -> Any:
    """Tell whether no weight is NaN or infinite."""
    total = weights.dtype.type(0)
    for i in range(len(weights)):
        total += abs(weights[i])
    if total < inf:
        return True
    finite = True
    for i in range(len(weights)):  # one by one: a sum may overflow although no weight does
        finite &= abs(weights[i]) < inf
    return finite
