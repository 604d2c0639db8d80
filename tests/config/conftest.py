"""Classes of one's own, and options that name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CLASSES = """
from dataclasses import dataclass
from typing import Any
import numpy as np
from lagrun.models.elman import Elman
from lagrun.tasks.noise_free import NoiseFree

@dataclass(frozen=True)
class Mine:
    learning_rate: float
    clip_norm: float | None
    def init(self, params):
        return {}
    def update(self, params, grads, state, step):
        params -= self.learning_rate * grads

@dataclass(frozen=True)
class Signs(Mine):
    def update(self, params, grads, state, step):
        params -= self.learning_rate * np.sign(grads)

@dataclass(frozen=True)
class Loose(Mine):
    anything: Any

@dataclass(frozen=True)
class Four(NoiseFree):
    pass
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str, str], None]:
    """Write an option of one's own: group, name, class, and its keys."""
    module = f"own_{tmp_path.name.replace('-', '_')}"
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{module}.py").write_text(CLASSES)

    def write(group: str, name: str, cls: str, keys: str = "learning_rate: 0.05\nclip_norm: null\n") -> None:
        folder = tmp_path / "conf" / group
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(f"_target_: {cls.replace('MODULE', module)}\n{keys}")

    return write
