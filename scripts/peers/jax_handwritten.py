"""JAX, all seeds in lockstep, the backward pass written out.

The scan over steps backward carries only what is recurrent; every weight's gradient is one product over the whole
sequence. Autodiff would add up a matrix a step.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from scripts.peers.jax_trainer import JaxTrainer, State, Weights, activations, net_inputs
from scripts.peers.problem import Problem


class JaxHandwritten(JaxTrainer):
    """See the header."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem, _gradient)


def _gradient(
    weights: Weights, ids: jax.Array, targets: jax.Array, step_weights: jax.Array
) -> tuple[jax.Array, Weights]:
    w_hidden, w_output = weights["W_hidden_gates"], weights["W_hidden_output"]
    zeros = jnp.zeros_like(w_output[:, 0])

    def forward(carry: State, from_input: jax.Array) -> tuple[State, tuple[jax.Array, ...]]:
        h, c = carry
        o, i, f, g, c_next, h_next = activations(from_input + h @ w_hidden, c)
        return (h_next, c_next), (o, i, f, g, c, c_next, h, h_next)

    _, (o, i, f, g, c_before, c, h_before, h) = lax.scan(forward, (zeros, zeros), net_inputs(weights, ids))

    logits = h @ w_output
    normaliser = jax.nn.logsumexp(logits, -1)
    steps = jnp.arange(len(ids))
    errors = normaliser - logits[steps, targets]
    hits = targets[:, None] == jnp.arange(logits.shape[-1])
    dlogits = step_weights[:, None] * (jnp.exp(logits - normaliser[:, None]) - hits)

    # Local derivatives of all steps at once; the scan below only multiplies by them.
    tanh_c = jnp.tanh(c)
    by_dh = tanh_c * o * (1 - o)
    by_dc = jnp.stack([g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g)], 1)  # (T, 3, H)
    dc_by_dh = o * (1 - tanh_c * tanh_c)

    def backward(carry: State, at: tuple[jax.Array, ...]) -> tuple[State, jax.Array]:
        dh_later, dc_later = carry
        dh_now, by_dh, by_dc, dc_by_dh, f = at
        dh = dh_now + dh_later
        dc = dh * dc_by_dh + dc_later
        dnet = jnp.concatenate([dh * by_dh, (dc * by_dc).ravel()])
        return (w_hidden @ dnet, dc * f), dnet

    _, dnet = lax.scan(backward, (zeros, zeros), (dlogits @ w_output.T, by_dh, by_dc, dc_by_dh, f), reverse=True)
    grads = {
        "W_input_gates": jnp.zeros_like(weights["W_input_gates"]).at[ids].add(dnet),
        "W_hidden_gates": h_before.T @ dnet,
        "b_gates": dnet.sum(0),
        "W_hidden_output": h.T @ dlogits,
    }
    return errors, grads
