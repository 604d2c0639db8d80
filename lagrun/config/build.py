"""From a composed Hydra configuration to an `Experiment`, with one clear error for each mistake.

A variant's class is found through its ``_target_``; it is a dataclass whose fields are the keys of its YAML and whose
``__post_init__`` checks ranges. Values come from YAML alone, so a field without one is an error, not a default.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, get_args, get_type_hints

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import ConfigError, FieldError, ambiguous_number, check, in_full, one_line, show, whole_number
from lagrun.config.hints import asked, meant
from lagrun.config.init_from import INIT_FROM, stored_form
from lagrun.config.stored_config import with_added
from lagrun.config.trust import KEY, check_target, trusted_modules
from lagrun.config.variants import GROUPS, TARGET
from lagrun.interfaces.evaluation import Evaluation
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params

#: What the class of each group must have; ``__call__`` makes a loss or a weighting of an object.
NEEDED = {
    "model": ("init", "forward"),
    "task": ("n_inputs", "n_outputs", "sample"),
    "criterion": ("init", "update", "rolling_accuracy"),
    "loss": ("__call__", "outputs"),
    "loss_weighting": ("__call__",),
    "optimiser": ("clip_norm", "init", "update"),
    "engine": ("lockstep", "network"),
}

MISSING = "???"
SNAPSHOTS = "snapshots"


@dataclasses.dataclass(frozen=True)
class Execution:
    """How runs are carried out; none of it can change a result.

    Parameters
    ----------
    n_jobs : int
        Worker processes; as in joblib, -1 means as many as cores.
    block_size : int or None
        Seeds that train in lockstep; None to choose it from the work.
    dry_run : bool
        List the runs of a sweep and train nothing.
    retry_failed : bool
        Run again the runs that failed in an earlier session.
    checkpoint_every, checkpoint_seconds : int or None, float or None
        Training sequences, and seconds, after which the state of an unfinished run is stored.
    run_timeout_seconds : float or None
        A run that takes longer is marked as failed; None for no limit.
    """

    n_jobs: int
    block_size: int | None
    dry_run: bool
    retry_failed: bool
    checkpoint_every: int | None
    checkpoint_seconds: float | None
    run_timeout_seconds: float | None

    def __post_init__(self) -> None:
        check("n_jobs", self.n_jobs, self.n_jobs != 0, "an integer >= 1, or -1 for all cores")
        check("block_size", self.block_size, self.block_size is None or self.block_size >= 1, "null or an integer >= 1")
        every = self.checkpoint_every
        check("checkpoint_every", every, every is None or every >= 1, "null or an integer >= 1 (training sequences)")
        for name in ("checkpoint_seconds", "run_timeout_seconds"):
            value = getattr(self, name)
            check(name, value, value is None or 0 < value < float("inf"), "null or a finite number > 0")


@dataclasses.dataclass(frozen=True)
class Top:
    """The top-level keys that are plain values."""

    seed: int
    budget: int
    dtype: str
    updates: str
    snapshots: int

    def __post_init__(self) -> None:
        check("seed", self.seed, 0 <= self.seed < 2**128, "an integer >= 0, and < 2**128")
        check("budget", self.budget, 1 <= self.budget < 2**63, "an integer >= 1 (training sequences), and < 2**63")
        check("dtype", self.dtype, self.dtype in ("float64", "float32"), "float64 or float32")
        check("updates", self.updates, self.updates in ("sequence", "step"), "sequence or step")
        snapshots = self.snapshots
        ok = snapshots == 0 or 2 <= snapshots < 2**63
        check("snapshots", snapshots, ok, "0 (none), or an integer >= 2 (the first, the last and those between)")


def make(config: DictConfig) -> tuple[Experiment, dict[str, Any]]:
    """Make the objects of a configuration, and write its values in the types of their fields.

    A value may arrive in another type, such as text from an environment variable. The value in the type of its field is
    what is planned, stored, compared and shown. `lagrun.training.admission` refuses what cannot be trained.

    Parameters
    ----------
    config : DictConfig
        Composed configuration; a ``hydra`` node is ignored.

    Returns
    -------
    experiment : Experiment
    content : dict
        Plain values of all keys but ``hydra``: the seed is among them, and `INIT_FROM` where it is not null.

    Raises
    ------
    ConfigError
        At the first key that is misspelt, missing, of a wrong type or out of range.
    """
    content = plain(config)
    top_names = [field.name for field in dataclasses.fields(Top)]
    known = (*top_names, INIT_FROM, *GROUPS, "evaluation", "execution", KEY)
    for name, value in content.items():
        if name not in known:
            raise unknown_key(name, value, known, _second_level(content))
    content = {SNAPSHOTS: 0} | with_added(content)  # a configuration that was stored without snapshots asks for none
    top = _filled(Top, {name: content[name] for name in top_names if name in content}, "")
    nodes = {
        "execution": _filled(Execution, _node(content, "execution"), "execution"),
        "evaluation": _filled(Evaluation, _node(content, "evaluation"), "evaluation"),
    }
    trusted = trusted_modules(content.get(KEY, []))  # a configuration that was stored without it trusts nothing
    parts = {group: _variant(group, _node(content, group), trusted) for group in GROUPS}
    content |= top.values | {name: filled.values for name, filled in (nodes | parts).items()}
    init_from = stored_form(content.pop(INIT_FROM, None))  # not stored where it is null, as in earlier versions
    content |= {INIT_FROM: init_from} if init_from else {}
    _check_finite(content)
    experiment = Experiment(
        **{group: filled.made for group, filled in parts.items()},
        evaluation=nodes["evaluation"].made,
        **{name: value for name, value in top.values.items() if name != "seed"},
        initial=_unread if init_from else None,
    )
    return experiment, content


def _unread(seeds: Sequence[int]) -> Params:
    """Stand in for stored weights that were not read: raise, so that drawn weights are never trained instead."""
    raise ConfigError(f"{INIT_FROM}: its weights were not read; see lagrun.storage.stored_weights.with_initial")


def _second_level(content: dict[str, Any]) -> list[str]:
    return [f"{group}.{name}" for group, node in content.items() if isinstance(node, dict) for name in node]


def _check_finite(node: Any, key: str = "") -> None:
    """Refuse numbers that are not finite, at any depth: no result file can hold them."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        _check_finite(value, f"{key}.{name}" if key else str(name))
    if isinstance(node, float) and not math.isfinite(node):
        raise ConfigError(f"{key}={show(node)}: must be finite")


def execution(config: DictConfig) -> Execution:
    """Check and return the ``execution`` node alone."""
    return _filled(Execution, _node(plain(config), "execution"), "execution").made


def plain(config: DictConfig) -> dict[str, Any]:
    """Turn a configuration, without its ``hydra`` node, into plain resolved values."""
    try:
        content = OmegaConf.to_container(
            OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"]), resolve=True
        )
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key}: {_first_line(error)}") from None
    assert isinstance(content, dict)
    return {str(key): value for key, value in content.items()}


def _node(content: dict[str, Any], name: str) -> dict[str, Any]:
    node = content.get(name, MISSING)
    if not isinstance(node, dict):
        raise ConfigError(f"{name}={show(node)}: must be a group of keys, as in conf/")
    return node


def _variant(group: str, node: dict[str, Any], trusted: Sequence[str]) -> _Filled:
    """Make the object of one group."""
    target = node.get(TARGET, MISSING)
    check_target(f"{group}._target_", target, trusted)
    module_name, _, class_name = str(target).rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        raise ConfigError(f"{group}._target_={target}: cannot be imported ({_first_line(error)})") from None
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise ConfigError(f"{group}._target_={target}: must be a dataclass")
    values = {key: value for key, value in node.items() if key != TARGET}
    try:
        filled = _filled(found, values, group)
        if missing := [name for name in NEEDED[group] if not hasattr(filled.made, name)]:
            raise ConfigError(f"{group}._target_={target}: has no {', '.join(missing)}; see lagrun/interfaces/")
        return _Filled(filled.made, {TARGET: target, **filled.values})
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:  # so may a user's class
        raise ConfigError(f"{group}._target_={target}: cannot be made ({_first_line(error)})") from None


class _Filled(NamedTuple):
    """An object made of values, and the values in the types of its fields."""

    made: Any
    values: dict[str, Any]


def fill_dataclass(cls: type, values: dict[str, Any], prefix: str) -> Any:
    """Fill a dataclass, checking keys and types by its own annotations."""
    return _filled(cls, values, prefix).made


def _filled(cls: type, values: dict[str, Any], prefix: str) -> _Filled:
    schema = OmegaConf.structured(cls)
    OmegaConf.set_readonly(schema, False)
    names = [field.name for field in dataclasses.fields(cls)]
    for name, value in values.items():
        key = f"{prefix}.{name}" if prefix else name
        if name not in names:
            raise unknown_key(key, value, names)
        types = _types(cls, name)
        try:
            schema[name] = whole_number(value) if int in types and float not in types else value
        except OmegaConfBaseException:
            is_number = {int, float}.intersection(types) and isinstance(value, str)
            why = ambiguous_number(value) if is_number else None
            if is_number and (number := in_full(value)):
                why = f"must be {_type_words(cls, name)}; write {number}"
            raise ConfigError(f"{key}={show(value)}: {why or f'must be {_type_words(cls, name)}'}") from None
    for name in OmegaConf.missing_keys(schema):
        key = f"{prefix}.{name}" if prefix else name
        raise ConfigError(f"{key}: missing; must be {_type_words(cls, name)}")
    plain_values = OmegaConf.to_container(schema, enum_to_str=True)
    assert isinstance(plain_values, dict)
    for name, value in values.items():
        key = f"{prefix}.{name}" if prefix else name
        _check_numbers(key, value, plain_values[name])
        largest = 2**128 if key == "seed" else 2**63
        if type(found := plain_values[name]) is int and abs(found) >= largest and int in _types(cls, name):
            raise ConfigError(f"{key}={show(value)}: must be below 2**63 in size (a seed below 2**128)")
    try:
        return _Filled(OmegaConf.to_object(schema), {str(name): value for name, value in plain_values.items()})
    except FieldError as error:
        key = f"{prefix}.{error.field}" if prefix else error.field
        raise ConfigError(f"{key}={show(error.value)}: must be {error.allowed}") from None


def _check_numbers(key: str, given: Any, found: Any) -> None:
    """Refuse numbers that came as text which can be read as another number, at any depth."""
    if isinstance(given, list) and isinstance(found, list):
        for index, (before, after) in enumerate(zip(given, found, strict=True)):
            _check_numbers(f"{key}[{index}]", before, after)
    elif isinstance(given, dict) and isinstance(found, dict):
        for name in found:
            _check_numbers(f"{key}.{name}", given.get(name), found[name])
    elif isinstance(given, str) and type(found) in (int, float) and (why := ambiguous_number(given)):
        raise ConfigError(f"{key}={show(given)}: {why}")


def unknown_key(key: str, value: Any, allowed: Collection[str], others: Collection[str] = ()) -> ConfigError:
    """The error for an unknown key, which names the `allowed` ones; `others`, in full, may be suggested, too."""
    parent, dot, _ = key.rpartition(".")
    hint = asked(meant(key, [*(f"{parent}{dot}{name}" for name in allowed), *others]))
    return ConfigError(f"{key}={show(value)}: unknown key; {hint}allowed: {', '.join(allowed) or 'no keys'}")


def _type_words(cls: type, name: str) -> str:
    words = {int: "an integer", float: "a number", str: "text", bool: "true or false", type(None): "null"}
    return " or ".join(words.get(part, str(part)) for part in _types(cls, name))


def _types(cls: type, name: str) -> tuple[Any, ...]:
    hint = get_type_hints(cls)[name]
    return get_args(hint) or (hint,)


def _first_line(error: BaseException) -> str:
    return one_line(str(error).strip().split("\n")[0]) or type(error).__name__
