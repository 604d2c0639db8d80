"""When buffers of an earlier sequence can be used again."""

from __future__ import annotations

from typing import Any

from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params


def buffer_key(batch: Batch, params: Params) -> tuple[Any, ...]:
    """What the shapes of a net's buffers depend on."""
    return batch.ids.shape, batch.targets.shape, params.n_weights, params.flat.dtype
