"""Whole sequences of `lagrun.models.lstm1997`: forward pass, and the gradient backward in time.

If outputs are wanted only at the end and no hidden unit sees another, the order of the symbols does not matter to the
state (a bag of symbols). Every symbol adds its own y_in g(net_c), so s_c is the sum over symbols of counts times
contributions. There is one contribution to compute per symbol of the alphabet, however long the sequence is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.models.lstm1997_layout import Layout, Units, sum_cells
from lagrun.numerics.activations import LOGISTIC
from lagrun.numerics.output_layer import add_direct, direct_gradient, hidden_errors, readout, readout_gradient
from lagrun.numerics.padded_sums import input_gradient, sum_over_time


class Tape(NamedTuple):
    """Activations of every step: `units` as in `Layout.units`; h(s_c) and y_c of shape (S, T, B, N); and the logits."""

    units: Units
    h: np.ndarray
    y_c: np.ndarray
    logits: np.ndarray


class BagTape(NamedTuple):
    """`units` of every symbol, (S, V, ...); how often each occurs, (S, V); h(s_c), y_c and y_out at the end."""

    units: Units
    counts: np.ndarray
    h: np.ndarray
    y_c: np.ndarray
    y_out: np.ndarray | None


def forward(layout: Layout, params: Params, batch: Batch, tape: Tape | BagTape | None) -> tuple[np.ndarray, Tape]:
    """Run every step; return logits, shape (S, O, K), in the memory of an earlier tape if it fits, and the tape."""
    seeds = np.arange(params.n_seeds)[:, None]
    net = params["W_input_hidden"][seeds, batch.ids]
    if "W_hidden_hidden" in params:
        units, s_c = _recurrent(layout, params["W_hidden_hidden"], net)
    else:
        units = layout.units(net)
        s_c = np.cumsum(units.y_in * units.g, axis=1)  # (9)
    h = layout.cell_output(s_c)
    y_c = h if units.y_out is None else units.y_out * h
    shape = (*batch.targets.shape, params["W_cell_output"].shape[2])
    fits = isinstance(tape, Tape) and tape.logits.shape == shape and tape.logits.dtype == net.dtype
    logits = tape.logits if isinstance(tape, Tape) and fits else np.empty(shape, net.dtype)
    readout(batch, layout.flat(y_c), params["W_cell_output"], logits)
    if "W_input_output" in params:
        add_direct(batch, params["W_input_output"], logits)  # (10)
    return logits, Tape(units, h, y_c, logits)


def _recurrent(layout: Layout, w_hidden: np.ndarray, net: np.ndarray) -> tuple[Units, np.ndarray]:
    """Run step by step; each hidden unit sees all of the step before. `net` is what the input weights give."""
    n_seeds, n_steps, n_hidden = net.shape
    before, state = np.zeros((n_seeds, n_hidden), net.dtype), None
    states = np.empty((n_seeds, n_steps, layout.n_blocks, layout.block_size), net.dtype)
    for t in range(n_steps):
        net[:, t] += np.vecmat(before, w_hidden)
        units = layout.units(net[:, t])
        gain = units.y_in * units.g
        state = gain if state is None else state + gain  # (9)
        states[:, t] = state
        h = layout.cell_output(state)
        before = layout.activations(units, h if units.y_out is None else units.y_out * h)
    return layout.units(net), states


def grads(
    layout: Layout, params: Params, batch: Batch, tape: Tape, dlogits: np.ndarray, out: Params, full: bool
) -> None:
    """Write the gradient into `out`, given that of the logits, shape (S, O, K)."""
    (y_in, y_out, g), h, y_c, _ = tape
    readout_gradient(batch, layout.flat(y_c), dlogits, out["W_cell_output"])
    dy_c = np.empty((*batch.ids.shape, layout.n_cells), dlogits.dtype)
    hidden_errors(batch, dlogits, params["W_cell_output"], dy_c)
    dy_c = layout.by_block(dy_c)
    if "W_hidden_hidden" in params and full:
        dnet = _through_time(layout, params["W_hidden_hidden"], tape, dy_c)
    else:
        ds = dy_c * layout.cell_output.slope(h)
        if y_out is not None:
            ds *= y_out
        ds = np.cumsum(ds[:, ::-1], axis=1)[:, ::-1]  # the factor from state to state is 1
        d_out = None if y_out is None else sum_cells(dy_c * h) * LOGISTIC.slope(y_out[..., 0])
        d_in = sum_cells(ds * g) * LOGISTIC.slope(y_in[..., 0])
        dnet = layout.dnet(d_in, d_out, ds * y_in * layout.cell_input.slope(g))
    input_gradient(batch, dnet, out["W_input_hidden"])
    if "W_hidden_hidden" in params:
        before = np.zeros_like(dnet)
        before[:, 1:] = layout.activations(tape.units, y_c)[:, :-1]
        sum_over_time(before, dnet, out["W_hidden_hidden"], batch.padded)
    if "W_input_output" in params:
        direct_gradient(batch, dlogits, out["W_input_output"])


def _through_time(layout: Layout, w_hidden: np.ndarray, tape: Tape, dy_c: np.ndarray) -> np.ndarray:
    """Full back-propagation through time; errors of all net inputs, shape (S, T, U)."""
    (y_in, y_out, g), h = tape.units, tape.h
    n_seeds, n_steps = dy_c.shape[:2]
    dnet = np.zeros((n_seeds, n_steps + 1, layout.n_hidden), dy_c.dtype)
    h_slope, g_slope = layout.cell_output.slope(h), layout.cell_input.slope(g)
    in_slope = LOGISTIC.slope(y_in[..., 0])
    ds = np.zeros_like(dy_c[:, 0])
    for t in reversed(range(n_steps)):
        later = np.matvec(w_hidden, dnet[:, t + 1])
        d_cell = dy_c[:, t] + layout.by_block(later[:, layout.n_gates :])
        d_out = None
        ds = ds + (d_cell if y_out is None else d_cell * y_out[:, t]) * h_slope[:, t]
        if y_out is not None:
            d_gate = sum_cells(d_cell * h[:, t]) + later[:, layout.n_blocks : layout.n_gates]
            d_out = d_gate * LOGISTIC.slope(y_out[:, t, :, 0])
        d_in = (sum_cells(ds * g[:, t]) + later[:, : layout.n_blocks]) * in_slope[:, t]
        dnet[:, t] = layout.dnet(d_in, d_out, ds * y_in[:, t] * g_slope[:, t])
    return dnet[:, :-1]


def forward_bag(layout: Layout, params: Params, batch: Batch) -> tuple[np.ndarray, BagTape]:
    """Logits at the end of every sequence, shape (S, 1, K), without running its steps."""
    w_input = params["W_input_hidden"]
    n_seeds, n_inputs = w_input.shape[:2]
    seeds, last = np.arange(n_seeds), batch.ids[np.arange(n_seeds), batch.lengths - 1]
    flat_ids = batch.ids + (seeds * n_inputs)[:, None]
    counts = np.bincount(flat_ids.ravel(), minlength=n_seeds * n_inputs).reshape(n_seeds, n_inputs)
    counts[:, 0] -= batch.ids.shape[1] - batch.lengths  # padding has symbol 0
    counts = counts.astype(w_input.dtype)
    units = layout.units(w_input)
    h = layout.cell_output(layout.by_block(np.vecmat(counts, layout.flat(units.y_in * units.g))))  # (9), summed
    y_out = None if units.y_out is None else units.y_out[seeds, last]
    y_c = h if y_out is None else y_out * h
    logits = np.vecmat(layout.flat(y_c), params["W_cell_output"])
    if "W_input_output" in params:
        logits += params["W_input_output"][seeds, last]  # (10)
    return logits[:, None], BagTape(units, counts, h, y_c, y_out)


def grads_bag(layout: Layout, params: Params, batch: Batch, tape: BagTape, dlogits: np.ndarray, out: Params) -> None:
    """Write the gradient into `out`, given that of the logits at the end, shape (S, 1, K)."""
    (y_in, _, g), counts, h, y_c, y_out = tape
    seeds = np.arange(len(counts))
    last = batch.ids[seeds, batch.lengths - 1]
    np.multiply(layout.flat(y_c)[..., None], dlogits, out=out["W_cell_output"])
    dy_c = layout.by_block(np.matvec(params["W_cell_output"], dlogits[:, 0]))
    ds = dy_c * layout.cell_output.slope(h)
    if y_out is not None:
        ds *= y_out
    by_count = (counts[..., None] * layout.flat(ds)[:, None]).reshape(g.shape)
    n_blocks, w_input = layout.n_blocks, out["W_input_hidden"]
    w_input[..., :n_blocks] = sum_cells(by_count * g) * LOGISTIC.slope(y_in[..., 0])
    by_count *= y_in
    by_count *= layout.cell_input.slope(g)
    w_input[..., layout.n_gates :] = layout.flat(by_count)
    if y_out is not None:
        w_input[..., n_blocks : layout.n_gates] = 0.0
        w_input[seeds, last, n_blocks : layout.n_gates] = sum_cells(dy_c * h) * LOGISTIC.slope(y_out[..., 0])
    if "W_input_output" in params:
        direct_gradient(batch, dlogits, out["W_input_output"])
