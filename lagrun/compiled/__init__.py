"""Training loops compiled by numba, one seed at a time; the engine that uses them is `lagrun.engines.compiled`.

A net is a NamedTuple of its weights, gradients and buffers; its passes are chosen by that type (`dispatch`). What nets
share is in `arithmetic`, `matrices`, `losses`, `optimisers` and `drivers`; each other file is one model.
"""
