"""What an engine is; names and axes as in `lagrun.interfaces`."""

from __future__ import annotations

from typing import Protocol

from lagrun.interfaces.model import Model


class Engine(Protocol):
    """How a model's arithmetic is carried out."""

    @property
    def lockstep(self) -> bool:
        """Whether seeds train faster side by side than one by one."""

    def network(self, model: Model) -> Model:
        """Return what the trainer runs in place of `model`: same weights, same signature."""
