"""What the forms of `lagrun.models.lstm1997` share: where its units are, and the later addition of its cells.

Names and equation numbers are that file's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lagrun.engines.compiled.dispatch import grow, prepare
from lagrun.engines.compiled.jit import function
from lagrun.engines.compiled.squashers import Squash, squash_of
from lagrun.interfaces.params import Params
from lagrun.numerics.activations import LOGISTIC

if TYPE_CHECKING:
    from lagrun.models.lstm1997 import LSTM1997


class Units(NamedTuple):
    """Columns of hidden units, in this order: B input gates, B output gates if there are any, C cells."""

    n_blocks: int
    block_size: int
    n_gates: int
    n_cells: int
    has_output_gates: bool
    f: Squash  # of the gates
    g: Squash  # of the cells' inputs
    h: Squash  # of the cells' outputs


class Construction(NamedTuple):
    """When the cells arrive, see `lagrun.models.lstm1997_growth`; without it, they are there from the start."""

    is_used: bool
    window: int
    ratio: float


#: Places in the memory of a net: 1 while the cells are cut off, 2 once they are there; training sequences; their summed
#: error in this window and in the one before. The initial output weights of the cells follow.
_STAGE, _N_SEQUENCES, _ERROR, _ERROR_BEFORE, _INITIAL = range(5)


def units_of(model: LSTM1997) -> Units:
    """Translate a model's layout."""
    layout = model.layout
    squashers = map(squash_of, (LOGISTIC, layout.cell_input, layout.cell_output))
    return Units(layout.n_blocks, layout.block_size, layout.n_gates, layout.n_cells, layout.output_gate, *squashers)


def construction_of(model: LSTM1997) -> Construction:
    """Translate a model's construction."""
    return Construction(model.construction, model.construction_window, model.construction_ratio)


def memory_of(params: Params) -> np.ndarray:
    """Allocate the memory of a net."""
    return np.zeros(_INITIAL + params["W_cell_output"].size)


def arrays(params: Params) -> list[np.ndarray]:
    """The four arrays of a net's only seed; empty ones where a net has none."""
    w_input, w_output = params["W_input_hidden"][0], params["W_cell_output"][0]
    hidden, direct = params.get("W_hidden_hidden"), params.get("W_input_output")
    return [
        w_input,
        np.zeros((0, w_input.shape[1]), w_input.dtype) if hidden is None else hidden[0],
        w_output,
        np.zeros((0, w_output.shape[1]), w_output.dtype) if direct is None else direct[0],
    ]


@function
def cut_off(construction: Any, memory: Any, w_output: Any) -> None:
    """Cut the cells off before the first training sequence, if they come later, and remember their output weights."""
    if construction.is_used and memory[_STAGE] == 0:
        memory[_STAGE], memory[_ERROR_BEFORE] = 1, np.inf
        for c in range(w_output.shape[0]):
            for k in range(w_output.shape[1]):
                memory[_INITIAL + c * w_output.shape[1] + k] = w_output[c, k]
                w_output[c, k] = 0


@function
def are_cut_off(memory: Any) -> Any:
    """Tell whether the cells are still to come."""
    return memory[_STAGE] == 1


@function
def arrive(construction: Any, memory: Any, w_output: Any, error: Any) -> None:
    """Take in the error of a training sequence; let the cells arrive once it has stopped decreasing."""
    if memory[_STAGE] != 1:
        return
    memory[_N_SEQUENCES] += 1
    memory[_ERROR] += error
    if memory[_N_SEQUENCES] % construction.window != 0:
        return
    if memory[_ERROR] >= construction.ratio * memory[_ERROR_BEFORE]:
        memory[_STAGE] = 2
        for c in range(w_output.shape[0]):
            for k in range(w_output.shape[1]):
                w_output[c, k] = memory[_INITIAL + c * w_output.shape[1] + k]
    memory[_ERROR_BEFORE], memory[_ERROR] = memory[_ERROR], 0


def let_cells_arrive(net_type: type) -> None:
    """Register what a net does before its first training sequence and after each."""

    @prepare.register(net_type)
    def _prepare(net: Any) -> None:
        cut_off(net.construction, net.memory, net.w_output)

    @grow.register(net_type)
    def _grow(net: Any, error: Any) -> None:
        arrive(net.construction, net.memory, net.w_output, error)
