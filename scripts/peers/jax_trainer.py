"""JAX, all seeds in lockstep: what both ways to the gradient have in common.

One jit call trains several sequences: ``vmap`` over seeds of ``lax.scan`` over sequences. Each has its gradient,
clipping and Adam inside, so that dispatch costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

# One thread, like every other candidate; must be set before JAX starts.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lagrun.interfaces.params import Params
from scripts.peers.problem import NAMES, Problem

jax.config.update("jax_enable_x64", True)

Weights = dict[str, jax.Array]

#: What a scan over steps carries: a cell's output and state, or what flows back into them, each of shape (H,).
State = tuple[jax.Array, jax.Array]

#: Errors of a sequence, shape (T,), and the gradient of their weighted sum, given the weights of one seed, input
#: symbols (T,), right outputs (T,) and the steps' weights (T,).
Gradient = Callable[[Weights, jax.Array, jax.Array, jax.Array], tuple[jax.Array, Weights]]


class JaxTrainer:
    """Train by a given gradient."""

    def __init__(self, problem: Problem, gradient: Gradient) -> None:
        params, adam = problem.params, problem.optimiser
        weights = {name: jnp.array(params[name]) for name in NAMES}
        zeros = {name: jnp.zeros_like(value) for name, value in weights.items()}
        self._shapes = params.shapes
        self._state = (weights, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros(params.n_seeds, int))
        step_weights = jnp.array(problem.step_weights)

        def learn(state: Any, sequence: tuple[jax.Array, jax.Array]) -> tuple[Any, jax.Array]:
            weights, m, v, step = state
            errors, grads = gradient(weights, *sequence, step_weights)
            norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in grads.values()))
            scale = problem.clip_norm / jnp.maximum(norm, problem.clip_norm)
            step += 1
            # The corrections of m and v, taken out of the division per weight.
            m_correction, v_correction = (1 - beta ** step.astype(float) for beta in (adam.beta1, adam.beta2))
            v_root = jnp.sqrt(v_correction)
            rate = (adam.learning_rate * v_root / m_correction).astype(norm.dtype)
            epsilon = (adam.epsilon * v_root).astype(norm.dtype)

            def update(w: jax.Array, m: jax.Array, v: jax.Array, g: jax.Array) -> tuple[jax.Array, ...]:
                g *= scale
                m = adam.beta1 * m + (1 - adam.beta1) * g
                v = adam.beta2 * v + (1 - adam.beta2) * g * g
                return w - rate * m / (jnp.sqrt(v) + epsilon), m, v

            both = {name: update(weights[name], m[name], v[name], grads[name]) for name in NAMES}
            parts = ({name: value[k] for name, value in both.items()} for k in range(3))
            return (*parts, step), errors.sum()

        self._train = jax.jit(jax.vmap(partial(lax.scan, learn)), donate_argnums=0)

    def train(self, ids: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        self._state, errors = self._train(self._state, (ids, targets))
        return np.asarray(errors)

    def weights(self) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        n_seeds, *_ = self._state[3].shape
        out = Params.zeros(self._shapes, n_seeds, np.dtype(self._state[0]["b_gates"].dtype))
        for name in NAMES:
            out[name][:] = self._state[0][name]
        return out.flat


def net_inputs(weights: Weights, ids: jax.Array) -> jax.Array:
    """What the gates get from the input and the bias, shape (T, 4H): a look-up, not a product with one-hot vectors."""
    return weights["W_input_gates"][ids] + weights["b_gates"]


def activations(net: jax.Array, c: jax.Array) -> tuple[jax.Array, ...]:
    """Gates o, i, f, g, cell state and cell output, each of shape (H,), given net inputs (4H,) and c(t-1)."""
    h3 = 3 * c.shape[-1]
    o, i, f = jnp.split(0.5 * jnp.tanh(0.5 * net[:h3]) + 0.5, 3)
    g = jnp.tanh(net[h3:])
    c = i * g + f * c
    return o, i, f, g, c, o * jnp.tanh(c)
