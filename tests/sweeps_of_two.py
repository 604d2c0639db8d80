"""A sweep of one or two cells that may be the same experiment, and the rows of its summary."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: A net of one unit, of which some seeds are solved within 40 sequences.
TINY = (
    *("model=elman", "model.hidden_size=1", "task.p=4", "criterion.window=8", "evaluation.n_sequences=4"),
    *("evaluation.curve_n_sequences=2", "execution.n_jobs=1", "budget=40", "hydra.sweep.dir=sweep", "-m"),
)


def rows(folder: str = "sweep") -> pd.DataFrame:
    return pd.read_csv(Path(folder) / "summary.csv")


CELLS = """
defaults: [config, _self_]
hydra:
  mode: MULTIRUN
  sweeper:
    params: {budget: 40}
    cells:
      - {seed: 0-5, optimiser.learning_rate: 1, task.keys: alternating, CELL}
      - {seed: 2-7, task.keys: alternating, optimiser.learning_rate: 1.0, OTHER}
"""


def sweep_file(folder: Path, cell: str = "task.p: 4", other: str = "task.p: 4") -> tuple[str, ...]:
    """Arguments that run a sweep of two cells."""
    (folder / "twice.yaml").write_text(CELLS.replace("CELL", cell).replace("OTHER", other))
    arguments = (text for text in TINY if text not in ("-m", "budget=40", "task.p=4"))
    return ("-cd", str(folder), "-cn", "twice", *arguments)
