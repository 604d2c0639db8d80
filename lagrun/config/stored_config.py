"""Configurations that were stored by earlier versions, brought to the current form.

What is stored beside a result is never rewritten; `as_of_now` converts it after reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lagrun.config.init_from import INIT_FROM

#: Keys added to a class in a later version: class name to keys, with the values under which it behaves as before.
ADDED: dict[str, dict[str, Any]] = {
    "lagrun.criteria.rolling_accuracy.RollingAccuracy": {"confirm": None},
    "lagrun.models.lstm.LSTM": {"readout_bias": False, "orthogonal": "haar"},
}

#: Most texts whose meaning is cached; all runs of a cell hold the same texts.
REMEMBERED = 10_000

#: Texts that stand for truth values in YAML 1.1.
TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def as_of_now(config: Mapping[str, Any]) -> dict[str, Any]:
    """Read a stored configuration.

    Parameters
    ----------
    config : mapping
        Plain values. Numbers that came from an environment variable may be stored as text. In nodes of classes that
        are not lagrun's, text stays text: it may be intended there.

    Returns
    -------
    dict
        The same with numbers for such text, and with the keys of `ADDED`.
    """
    typed = {key: _node(key, value) if isinstance(value, Mapping) else _value(value) for key, value in config.items()}
    return with_added(typed)


def _node(key: str, node: Mapping[str, Any]) -> dict[str, Any]:
    if key == INIT_FROM or not str(node.get("_target_", "lagrun.")).startswith("lagrun."):
        return dict(node)
    return {key: _value(value) for key, value in node.items()}


def with_added(config: Mapping[str, Any]) -> dict[str, Any]:
    """Add the keys of `ADDED` that are missing."""
    return {key: _with(value) if isinstance(value, Mapping) else value for key, value in config.items()}


def _with(node: Mapping[str, Any]) -> dict[str, Any]:
    added = ADDED.get(str(node.get("_target_")), {})
    return {**node, **{key: value for key, value in added.items() if key not in node}}


def _value(value: Any) -> Any:
    return _meant(value) if isinstance(value, str) else value


@lru_cache(REMEMBERED)
def _meant(value: str) -> Any:
    if re.fullmatch(r"[+-]?[0-9][0-9_]*", value):
        return int(value)
    if re.fullmatch(r"[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value):
        return float(value)
    return TRUTH.get(value.lower(), value)


def in_types_of(config: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Read text as a number or a truth value wherever `other` has a number or a truth value."""
    found = {}
    for key, value in config.items():
        theirs = other.get(key)
        if isinstance(value, Mapping) and isinstance(theirs, Mapping):
            found[key] = in_types_of(value, theirs)
        else:
            found[key] = _value(value) if isinstance(theirs, int | float) else value
    return found


def without_added(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the keys of `ADDED` whose value means the behaviour before they were added."""
    return {key: _without(value) if isinstance(value, Mapping) else value for key, value in config.items()}


def _without(node: Mapping[str, Any]) -> dict[str, Any]:
    added = ADDED.get(str(node.get("_target_")), {})
    return {key: value for key, value in node.items() if not (key in added and value == added[key])}
