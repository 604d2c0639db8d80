"""What makes two configurations the same experiment.

Settings that cannot change a run's result are left out. So is the budget, which may be raised later: a run that was
solved within a smaller budget has the same result. Of weights to start from, the hash counts, not the folder.
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

#: Most configurations whose hash is cached; all runs of a cell have the same configuration.
REMEMBERED = 1_000


def identity(config: Mapping[str, Any], seed: int | None = None) -> str:
    """Hash the part of a configuration that defines the experiment, or one run of it.

    Parameters
    ----------
    config : mapping
        Plain values; ``1`` and ``1.0`` give the same hash, and the order of keys does not matter.
    seed : int, optional
        The run's; None for the experiment.

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
    """Hash plain values by their canonical JSON; keys become text, as they do when stored."""
    return sha256_of_stored(json.loads(json.dumps(content)))


def sha256_of_stored(content: Any) -> str:
    """Do the same as `sha256_of`, for values that were read from JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def differing(config: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """List the keys that make two configurations different experiments, and both values; None for a missing one."""
    ours, theirs = (dict(leaves(_canonical(with_added(_kept(each))))) for each in (config, other))
    keys = [*ours, *(key for key in theirs if key not in ours)]
    return [(key, ours.get(key), theirs.get(key)) for key in keys if ours.get(key) != theirs.get(key)]


def _kept(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the parts of the identity; leave out added keys at their defaults, so that earlier hashes stay valid."""
    kept = {key: value for key, value in config.items() if key not in (*WITHOUT_EFFECT, BUDGET, INIT_FROM)}
    init_from = stored_form(config.get(INIT_FROM))
    return without_added(kept | ({INIT_FROM: {SHA256: init_from[SHA256]}} if init_from else {}))


def experiment(config: Mapping[str, Any]) -> str:
    """Hash a cell's `identity` and budget to a short text, which cannot be mistaken for a number."""
    return f"x{sha256_of([identity(config), config.get(BUDGET)])[:LENGTH]}"


def is_same(stored: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Tell whether a stored configuration is the same experiment as another one, apart from the budget.

    Earlier versions stored numbers that came from environment variables as text.
    """
    return identity(stored) == identity(config) or identity(in_types_of(stored, config)) == identity(config)


def is_run_of(result: Mapping[str, Any], config: Mapping[str, Any], seed: int) -> bool:
    """Tell whether a result belongs to a run, and was not copied into its folder from another one."""
    return bool(result["seed"] == seed) and is_same(result["config"], config)


def _canonical(value: Any) -> Any:
    """Write whole numbers as integers and tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): _canonical(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """List the keys of a configuration, such as ``task.p``, and their values."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, f"{key}.{name}" if key else name)
    else:
        yield key, value
