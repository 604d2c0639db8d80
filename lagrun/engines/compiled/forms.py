"""The compiled net of each model. Modules are named as text and imported late, because numba takes a while to load."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from lagrun.interfaces import Model
from lagrun.interfaces.params import Params
from lagrun.models.chunker import Chunker
from lagrun.models.elman import Elman
from lagrun.models.gru import GRU
from lagrun.models.lstm import LSTM
from lagrun.models.lstm1997 import LSTM1997
from lagrun.models.rtrl import RTRL

#: Makes a net from its model, its weights, their gradients, and the steps it must have room for. A net whose state
#: outlives a sequence keeps it in one flat array, ``net.memory``.
MakeNet = Callable[[Any, Params, Params, int], Any]

#: Chooses the net of a model, given whether it learns step by step, and whether outputs are wanted only at the end.
Choose = Callable[[Any, bool, bool], MakeNet]

#: Methods of a model whose work its compiled net does.
PASSES = ("forward", "grads", "begin", "step", "step_grads", "start", "restrict", "grow")


def register(model: type, choose: Choose) -> None:
    """Give a class of models a compiled net.

    Parameters
    ----------
    model : type
        The class; its subclasses have the same net unless they redefine one of `PASSES`.
    choose : callable
        Called with a model, whether it learns step by step, and whether outputs are wanted only at the end. Returns
        the function that makes the net, see `MakeNet`; raises ValueError, in words for the user, if there is none.
    """
    _forms[model] = choose


def form_of(model: Model) -> Choose:
    """Find the compiled net of a model; ValueError if it has none."""
    for cls in type(model).__mro__:
        if cls in _forms:
            return _forms[cls]
        if _defines(cls, PASSES):
            break
    raise ValueError(f"{type(model).__name__} has no compiled form: use engine=numpy")


def _defines(cls: type, names: Iterable[str]) -> bool:
    return any(name in vars(cls) for name in names)


def _net(module: str) -> MakeNet:
    return import_module(f"lagrun.engines.compiled.nets.{module}").net


def _always(module: str) -> Choose:
    return lambda model, by_step, only_at_end: _net(module)


def _elman(model: Elman, by_step: bool, only_at_end: bool) -> MakeNet:
    if model.gradient != "bptt":
        raise ValueError(f"gradient={model.gradient} has no compiled form: use engine=numpy")
    return _net("elman")


def _lstm1997(model: LSTM1997, by_step: bool, only_at_end: bool) -> MakeNet:
    if by_step:
        return _net("lstm1997_step")
    is_bag = only_at_end and not model.hidden_recurrence
    return _net("lstm1997_bag" if is_bag else "lstm1997_sequence")


_forms: dict[type, Choose] = {
    LSTM: _always("lstm"),
    GRU: _always("gru"),
    RTRL: _always("rtrl"),
    Chunker: _always("chunker"),
    Elman: _elman,
    LSTM1997: _lstm1997,
}
