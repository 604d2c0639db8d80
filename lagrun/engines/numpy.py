"""The default engine: all seeds of a block in lockstep, by the model's own numpy code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lagrun.interfaces import Model


@dataclass(frozen=True)
class Numpy:
    """Run a model as it is written."""

    lockstep: ClassVar[bool] = True

    def network(self, model: Model) -> Model:
        """Return `model` itself."""
        return model
