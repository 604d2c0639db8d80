"""The costs of a sweep's cells as columns of its summary: computed once per configuration, and stored in its folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lagrun.analysis.data_movement.cost_of import VERSION, Cost, NoCostError, cost_of, key
from lagrun.analysis.summary import grouped, summarise
from lagrun.config.identity import sha256_of
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep, stored_sweep

#: The file of costs in a sweep's folder: a `Cost` a configuration.
COSTS = "costs.json"


class CostColumns:
    """Summaries with columns of costs.

    Parameters
    ----------
    folder : Path
        The sweep's, where costs are looked up and stored.
    trusted : sequence of str
        Packages beside lagrun whose classes a stored configuration may name.

    Attributes
    ----------
    notes : list of str
        Why cells have no costs, a line a reason.
    """

    def __init__(self, folder: Path | StoredSweep, trusted: Sequence[str] = ()) -> None:
        self.notes: list[str] = []
        self._trusted, self._unwritten = trusted, False
        self._stored = stored_sweep(folder)
        self._folder = self._stored.folder
        self._costs = read_costs(self._folder)

    def summarise(self, runs: pd.DataFrame) -> pd.DataFrame:
        """Summarise each cell as `lagrun.analysis.summary.summarise`, with its costs.

        Parameters
        ----------
        runs : pandas.DataFrame
            From `lagrun.analysis.frame.frame`.

        Returns
        -------
        pandas.DataFrame
            With the further columns ``n_weights`` (median over runs), ``multiply_adds`` and ``bytedmd`` (of a training
            sequence), ``multiply_adds_to_solution`` and ``energy_to_solution`` (these times ``ert``: infinite where
            nothing was solved). What is not known is missing.
        """
        summary, (_, cells) = summarise(runs), grouped(runs)
        found = [self._cost(cell, number, len(cells)) for number, (_, cell) in enumerate(cells, 1)]
        sequences = summary["ert"].astype(float)
        multiply_adds = pd.Series([cost.multiply_adds if cost else None for cost in found], dtype="Int64")
        bytedmd = pd.Series([cost.bytedmd if cost else None for cost in found], dtype="Int64")
        return summary.assign(
            n_weights=[_median(cell["n_weights"]) for _, cell in cells],
            multiply_adds=multiply_adds,
            multiply_adds_to_solution=multiply_adds.astype(float) * sequences,
            bytedmd=bytedmd,
            energy_to_solution=bytedmd.astype(float) * sequences,
        )

    def _cost(self, cell: pd.DataFrame, number: int, n_cells: int) -> Cost | None:
        config = self._config(str(cell["folder"].iloc[0]))
        known = self._costs.get(key(config))
        if known is not None:
            return known
        if sys.stderr.isatty():
            print(f"costs of cell {number} of {n_cells} ...", file=sys.stderr)
        try:
            cost = cost_of(config, trusted=self._trusted)
        except NoCostError as reason:
            note = f"no costs: {reason}"
            self.notes += [note] if note not in self.notes else []
            return None
        self._costs[key(config)] = cost
        try:
            write_costs(self._folder, self._costs)
        except files.StorageError:  # the costs are shown even if they cannot be stored
            self._unwritten = True
        else:
            self._unwritten = False
        return cost

    def keep(self) -> None:
        """Store costs that could not be stored while they were computed; StorageError if they still cannot."""
        if self._unwritten:
            write_costs(self._folder, self._costs)
            self._unwritten = False

    def _config(self, folder: str) -> dict[str, Any]:
        """The configuration of a run: the sweep's, or what is stored beside the result."""
        if folder in self._stored.planned_configs:
            return self._stored.planned_configs[folder]
        result, _ = self._stored.examine_sealed(folder)
        return result["config"] if result else {}


def read_costs(folder: Path) -> dict[str, Cost]:
    """Read the costs of a folder, by `key`; none if they are missing, damaged, or computed by another definition."""
    try:
        content = json.loads((folder / COSTS).read_bytes())
        seal = content.pop(files.SEAL)
        if seal != sha256_of(content) or content["version"] != VERSION:
            return {}
        return {name: Cost(**cost) for name, cost in content["costs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_costs(folder: Path, costs: Mapping[str, Cost]) -> None:
    """Write the costs of a folder, sealed with the hash of the content."""
    content = {"version": VERSION, "costs": {name: asdict(cost) for name, cost in costs.items()}}
    with files.storage_errors(folder):
        files.write_json(folder / COSTS, content | {files.SEAL: sha256_of(content)})


def _median(n_weights: pd.Series) -> float:
    """The median of the values that are known."""
    known = n_weights.dropna().astype(float)
    return float(known.median()) if len(known) else np.nan
