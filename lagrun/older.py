"""What the keys mean that a configuration lacks because it was stored before there were such keys.

A net that is stored without ``model.readout_bias`` has none, so the two configurations are one experiment, and what an
older folder holds can be read, gone on with and compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Top-level keys, and their values where they are missing.
TOP: dict[str, Any] = {"snapshots": 0, "trusted_modules": []}

#: The same for the keys of an option, by its class.
OF_CLASS: dict[str, dict[str, Any]] = {
    "lagrun.models.lstm.LSTM": {"readout_bias": False, "orthogonal": "haar"},
}


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Add what a configuration of plain values lacks because an older version has stored it."""
    return _with({name: _with(node, _meanings(node)) for name, node in config.items()}, TOP)


def trimmed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says the same as its lack, below the top level: what an older version would have stored."""
    return {name: _without(node, _meanings(node)) for name, node in config.items()}


def _meanings(node: Any) -> dict[str, Any]:
    return OF_CLASS.get(str(node.get("_target_")), {}) if isinstance(node, Mapping) else {}


def _with(node: Any, meanings: Mapping[str, Any]) -> Any:
    return {**node, **{key: value for key, value in meanings.items() if key not in node}} if meanings else node


def _without(node: Any, meanings: Mapping[str, Any]) -> Any:
    said = [key for key, value in meanings.items() if node.get(key) == value]
    return {key: value for key, value in node.items() if key not in said} if said else node
