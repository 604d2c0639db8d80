"""Training loops compiled by numba, one seed at a time.

A net is a NamedTuple of its weights, gradients and buffers; its passes are chosen by that type (`dispatch`). What nets
share is in `arithmetic`, `matrices`, `losses`, `optimisers` and `loops`; each file of `nets` is one model.
"""

from lagrun.engines.compiled.engine import Compiled

__all__ = ["Compiled"]
