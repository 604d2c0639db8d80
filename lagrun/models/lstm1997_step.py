"""One step of `lagrun.models.lstm1997` at a time, its truncated gradient carried forward.

For every weight w into an input gate or a cell, ds_c/dw(t) = ds_c/dw(t-1) + (local term), so the gradient of a step's
error is known at that step (appendix A.1, equations 19 to 22).
"""

from __future__ import annotations

import numpy as np

from lagrun.interfaces.params import Params
from lagrun.interfaces.step_grads import StepGrads
from lagrun.models.lstm1997_layout import Layout, Units, sum_cells
from lagrun.numerics.activations import LOGISTIC

Carry = dict[str, np.ndarray]


def begin(layout: Layout, params: Params, carry: Carry | None) -> Carry:
    """Reset states, activations and sensitivities.

    ``ds`` has shape (S, M, 2, B, N): derivative of a cell's state with respect to a weight into its input gate (0) or
    into itself (1), from each of the ``M`` units below: V inputs and, if there is hidden recurrence, U hidden units.
    """
    if carry is None:
        n_seeds, n_below, dtype = params.n_seeds, params["W_input_hidden"].shape[1], params.flat.dtype
        if "W_hidden_hidden" in params:
            n_below += layout.n_hidden
        cells = (layout.n_blocks, layout.block_size)
        carry = {
            "s_c": np.zeros((n_seeds, *cells), dtype),
            "ds": np.zeros((n_seeds, n_below, 2, *cells), dtype),
            "local": np.zeros((n_seeds, 2, *cells), dtype),
        }
        if "W_hidden_hidden" in params:
            carry["y_hidden"] = np.zeros((n_seeds, layout.n_hidden), dtype)
    for name in ("s_c", "ds", "y_hidden"):
        if name in carry:
            carry[name][:] = 0.0
    return carry


def step(layout: Layout, params: Params, carry: Carry, ids: np.ndarray) -> np.ndarray:
    """Advance by the input symbols `ids`, shape (S,); logits of shape (S, K)."""
    seeds = np.arange(len(ids))
    net = params["W_input_hidden"][seeds, ids]
    if "y_hidden" in carry:
        carry["y_before"] = carry["y_hidden"]
        net += np.vecmat(carry["y_hidden"], params["W_hidden_hidden"])
    units = layout.units(net)
    y_in, y_out, g = units
    gain = y_in * g
    carry["s_c"] += gain  # (9)
    h = layout.cell_output(carry["s_c"])
    y_c = h if y_out is None else y_out * h
    carry |= {"h": h, "y_c": y_c, "y_in": y_in, "g": g}
    if y_out is not None:
        carry["y_out"] = y_out
    if "y_hidden" in carry:
        carry["y_hidden"] = layout.activations(units, y_c)
    _advance_sensitivities(layout, carry, units, gain, ids)
    logits = np.vecmat(layout.flat(y_c), params["W_cell_output"])
    if "W_input_output" in params:
        logits += params["W_input_output"][seeds, ids]  # (10)
    return logits


def _advance_sensitivities(layout: Layout, carry: Carry, units: Units, gain: np.ndarray, ids: np.ndarray) -> None:
    y_in, _, g = units
    local, ds = carry["local"], carry["ds"]
    np.multiply(gain, 1.0 - y_in, out=local[:, 0])
    np.multiply(layout.cell_input.slope(g), y_in, out=local[:, 1])
    ds[np.arange(len(ids)), ids] += local
    if "y_before" in carry:
        before = carry["y_before"]
        ds[:, -before.shape[1] :] += before[:, :, None, None, None] * local[:, None]


def step_grads(
    layout: Layout, params: Params, carry: Carry, ids: np.ndarray, dlogits: np.ndarray, out: StepGrads
) -> None:
    """Write the gradient of this step's error, given that of its logits, shape (S, K)."""
    y_c, h, ds = carry["y_c"], carry["h"], carry["ds"]
    y_out = carry.get("y_out")
    np.multiply(layout.flat(y_c)[:, :, None], dlogits[:, None], out=out.whole["W_cell_output"])
    dy_c = layout.by_block(np.matvec(params["W_cell_output"], dlogits))
    error = dy_c * layout.cell_output.slope(h)
    if y_out is not None:
        error *= y_out
    recurrent = "W_hidden_hidden" in params
    into_hidden = out.whole.joined("W_input_hidden", "W_hidden_hidden") if recurrent else out.whole["W_input_hidden"]
    if y_out is None and layout.block_size == 1:  # columns are in the same order as in `ds`
        np.multiply(ds, error[:, None, None], out=into_hidden.reshape(ds.shape))
    else:
        by_weight = ds * error[:, None, None]
        into_hidden[..., : layout.n_blocks] = sum_cells(by_weight[:, :, 0])
        into_hidden[..., layout.n_gates :] = layout.flat(by_weight[:, :, 1])
    if y_out is not None:
        seeds, columns = np.arange(len(ids)), slice(layout.n_blocks, layout.n_gates)
        d_out = sum_cells(dy_c * h) * LOGISTIC.slope(y_out[..., 0])
        into_hidden[..., columns] = 0.0
        into_hidden[seeds, ids, columns] = d_out
        if recurrent:
            out.whole["W_hidden_hidden"][..., columns] = carry["y_before"][:, :, None] * d_out[:, None]
    if "W_input_output" in params:
        out.rows["W_input_output"][:] = dlogits
        out.index["W_input_output"] = ids
