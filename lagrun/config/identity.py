"""What makes two configurations the same experiment.

Settings that cannot change what a run yields have no part in it, nor has the budget, which may be raised later: a run
that was solved within less has the same result. Of weights to start from, the hash has a part, and not the folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lagrun.config.init_from import INIT_FROM, SHA256, stored_form
from lagrun.config.stored_config import in_types_of, with_added, without_added

#: Parts of a configuration that cannot change a result.
WITHOUT_EFFECT = ("execution", "snapshots", "trusted_modules")

BUDGET = "budget"

#: Hexadecimal digits of the short text.
LENGTH = 16

#: Configurations whose hash is remembered, at most: the runs of a cell have all the same one.
REMEMBERED = 1_000


def identity(config: Mapping[str, Any], seed: int | None = None) -> str:
    """Hash a configuration, or a run of it, by what tells it from others.

    Parameters
    ----------
    config : mapping
        Plain values; ``1`` and ``1.0`` are the same, and so is any order of keys.
    seed : int, optional
        Of the run.

    Returns
    -------
    str
        SHA-256 of the canonical JSON.
    """
    return _identity(json.dumps(config), seed)


@lru_cache(REMEMBERED)
def _identity(config: str, seed: int | None) -> str:
    return sha256_of_stored({"config": _canonical(_kept(json.loads(config))), "seed": seed})


def sha256_of(content: Any) -> str:
    """Hash plain values by their canonical JSON, as they are once they were stored: keys are text there."""
    return sha256_of_stored(json.loads(json.dumps(content)))


def sha256_of_stored(content: Any) -> str:
    """The same of values that are as they were read from JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def differing(config: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """List the keys by which two configurations are other experiments, and both values; None where there is none."""
    ours, theirs = (dict(leaves(_canonical(with_added(_kept(each))))) for each in (config, other))
    keys = [*ours, *(key for key in theirs if key not in ours)]
    return [(key, ours.get(key), theirs.get(key)) for key in keys if ours.get(key) != theirs.get(key)]


def _kept(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has no part in the identity; also keys of later versions, so that hashes of earlier ones hold."""
    kept = {key: value for key, value in config.items() if key not in (*WITHOUT_EFFECT, BUDGET, INIT_FROM)}
    init_from = stored_form(config.get(INIT_FROM))
    return without_added(kept | ({INIT_FROM: {SHA256: init_from[SHA256]}} if init_from else {}))


def experiment(config: Mapping[str, Any]) -> str:
    """Hash a cell by what tells it from others, its `identity` and its budget, to a short text that is no number."""
    return f"x{sha256_of([identity(config), config.get(BUDGET)])[:LENGTH]}"


def is_same(stored: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Tell whether a stored configuration is the same as one, but for the budget.

    What was stored by an earlier version may hold numbers as text, where they came from the environment.
    """
    return identity(stored) == identity(config) or identity(in_types_of(stored, config)) == identity(config)


def is_run_of(result: Mapping[str, Any], config: Mapping[str, Any], seed: int) -> bool:
    """Tell whether a result is that of a run, and not one that was copied into its folder."""
    return bool(result["seed"] == seed) and is_same(result["config"], config)


def _canonical(value: Any) -> Any:
    """Write whole numbers as integers and tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): _canonical(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """List the keys of a configuration, such as ``task.p``, and what they stand for."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, f"{key}.{name}" if key else name)
    else:
        yield key, value
