"""JAX, all seeds in lockstep, the gradient by ``jax.value_and_grad`` through ``lax.scan`` over steps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from scripts.peers.jax_trainer import JaxTrainer, Weights, activations, net_inputs
from scripts.peers.problem import Problem


class JaxAutodiff(JaxTrainer):
    """See the header."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem, _gradient)


def _gradient(
    weights: Weights, ids: jax.Array, targets: jax.Array, step_weights: jax.Array
) -> tuple[jax.Array, Weights]:
    def weighted(weights: Weights) -> tuple[jax.Array, jax.Array]:
        errors = _errors(weights, ids, targets)
        return errors @ step_weights, errors

    (_, errors), grads = jax.value_and_grad(weighted, has_aux=True)(weights)
    return errors, grads


def _errors(weights: Weights, ids: jax.Array, targets: jax.Array) -> jax.Array:
    def step(
        carry: tuple[jax.Array, jax.Array], from_input: jax.Array
    ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        h, c = carry
        *_, c, h = activations(from_input + h @ weights["W_hidden_gates"], c)
        return (h, c), h

    zeros = jnp.zeros_like(weights["W_hidden_output"][:, 0])
    _, hidden = lax.scan(step, (zeros, zeros), net_inputs(weights, ids))
    logits = hidden @ weights["W_hidden_output"]
    return jax.nn.logsumexp(logits, -1) - jnp.take_along_axis(logits, targets[:, None], -1)[:, 0]
