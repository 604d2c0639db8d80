"""Suggestions for a key or an option that does not exist: usual synonyms first, then similar spellings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from omegaconf import DictConfig, OmegaConf

from lagrun.config.paths import CONF
from lagrun.config.variants import GROUPS

#: Other names of groups, as they stand before a dot or alone.
GROUP_NAMES = {
    "optimizer": "optimiser",
    "optim": "optimiser",
    "opt": "optimiser",
    "net": "model",
    "network": "model",
    "problem": "task",
    "weighting": "loss_weighting",
    "eval": "evaluation",
    "exec": "execution",
}

#: Other names of keys, without dots, underscores and hyphens. Of the keys listed, the first that exists is suggested.
KEY_NAMES: dict[str, tuple[str, ...]] = {
    "lr": ("optimiser.learning_rate",),
    "alpha": ("optimiser.learning_rate",),
    "rate": ("optimiser.learning_rate",),
    "stepsize": ("optimiser.learning_rate",),
    "clip": ("optimiser.clip_norm",),
    "gradclip": ("optimiser.clip_norm",),
    "clipgrad": ("optimiser.clip_norm",),
    "gradientclip": ("optimiser.clip_norm",),
    "maxgradnorm": ("optimiser.clip_norm",),
    "lag": ("task.q", "task.p"),
    "lags": ("task.q", "task.p"),
    "delay": ("task.q", "task.p"),
    "gap": ("task.q", "task.p"),
    "length": ("task.q", "task.p"),
    "hidden": ("model.hidden_size", "model.n_blocks"),
    "nhidden": ("model.hidden_size", "model.n_blocks"),
    "hiddendim": ("model.hidden_size", "model.n_blocks"),
    "hiddenunits": ("model.hidden_size", "model.n_blocks"),
    "units": ("model.hidden_size", "model.n_blocks"),
    "cells": ("model.hidden_size", "model.n_blocks"),
    "ncells": ("model.hidden_size", "model.n_blocks"),
    "forgetbias": ("model.forget_gate_bias",),
    "epochs": ("budget",),
    "nepochs": ("budget",),
    "iterations": ("budget",),
    "maxsteps": ("budget",),
    "sequences": ("budget",),
    "trainingsequences": ("budget",),
    "seeds": ("seed",),
    "nseeds": ("seed",),
    "randomseed": ("seed",),
    "jobs": ("execution.n_jobs",),
    "workers": ("execution.n_jobs",),
    "nworkers": ("execution.n_jobs",),
    "numworkers": ("execution.n_jobs",),
    "processes": ("execution.n_jobs",),
    "cores": ("execution.n_jobs",),
    "timeout": ("execution.run_timeout_seconds",),
    "precision": ("dtype",),
    "float": ("dtype",),
    "rows": ("hydra.sweeper.names",),
    "output": ("hydra.sweep.dir",),
    "outputdir": ("hydra.sweep.dir",),
    "outdir": ("hydra.sweep.dir",),
    "folder": ("hydra.sweep.dir",),
}

#: Other names of options of a group, in lower case.
OPTION_NAMES: dict[str, dict[str, str]] = {
    "task": {"2a": "noise_free", "2b": "no_regularities", "2c": "very_long_lag"},
    "model": {"rnn": "elman", "bptt": "elman", "ch": "chunker", "lstm97": "lstm1997"},
    "loss": {"mse": "squared_error", "ce": "softmax_cross_entropy", "cross_entropy": "softmax_cross_entropy"},
    "engine": {"numba": "compiled", "jit": "compiled"},
}

#: Keys of a configuration that users do not type.
HIDDEN = ("hydra", "_target_", "_convert_")

#: Hydra's keys that `KEY_NAMES` may suggest.
HYDRA_KEYS = ("hydra.sweeper.names", "hydra.sweep.dir")

LIKE = 0.8  # similarity that difflib.get_close_matches requires, from 0 to 1


def meant(key: str, keys: Sequence[str]) -> str | None:
    """Guess which key was meant by one that does not exist.

    Parameters
    ----------
    key : str
        As it was typed, in full, such as ``optimizer.lr``.
    keys : sequence of str
        The keys that exist, in full.

    Returns
    -------
    str or None
        One of `keys`; None if none is similar.
    """
    head, dot, rest = key.partition(".")
    key = f"{GROUP_NAMES.get(head, head)}{dot}{rest}"
    parent, _, leaf = key.rpartition(".")
    same = [name for name in keys if _plain(name) == _plain(key)]
    synonyms = [name for name in KEY_NAMES.get(_plain(leaf), ()) if name in keys]
    leaves = [name for name in keys if _plain(name.rpartition(".")[2]) == _plain(leaf)]
    leaves.sort(key=lambda name: name.rpartition(".")[0] != parent)
    siblings = {name.rpartition(".")[2]: name for name in keys if name.rpartition(".")[0] == parent}
    near = [siblings[name] for name in get_close_matches(leaf, siblings, n=1)]
    close = get_close_matches(key, keys, n=1, cutoff=LIKE)
    return next(iter([*same, *synonyms, *leaves, *close, *near]), None)


def meant_option(group: str, option: str, options: Sequence[str]) -> str | None:
    """Guess which option of a group was meant; None if none is similar."""
    found = OPTION_NAMES.get(group, {}).get(option.lower())
    if found in options:
        return found
    plain = {_plain(name): name for name in options}
    return next((plain[name] for name in get_close_matches(_plain(option), plain, n=1)), None)


def usual_keys() -> list[str]:
    """Keys of the usual configuration, and those that `KEY_NAMES` names."""
    config = OmegaConf.load(CONF / "config.yaml")
    assert isinstance(config, DictConfig)
    named = (name for names in KEY_NAMES.values() for name in names)
    return list(dict.fromkeys([*_keys(config), *GROUPS, *named]))


def asked(found: str | None) -> str:
    """The question whether `found` was meant, followed by a space; empty text for None."""
    return f"did you mean {found}? " if found else ""


def siblings(key: str, configs: Sequence[DictConfig], typed: str | None = None) -> str:
    """Say which keys are allowed in place of one that was not found.

    Parameters
    ----------
    key : str
        In full, without ``+``.
    configs : sequence of DictConfig
        Composed configurations in which the key was looked for.
    typed : str, optional
        The key that was typed, if `key` is only its beginning.
    """
    parent = key.rpartition(".")[0]
    nodes = [node for config in configs if isinstance(node := _node(config, parent), DictConfig)]
    if not nodes:
        exists = any(has(config, parent) for config in configs)
        return f"{parent} has no keys" if exists else siblings(parent, configs, typed or key)
    names = list(dict.fromkeys(str(name) for node in nodes for name in node if name not in HIDDEN))
    if key.rpartition(".")[2] in names:
        return "it is none of the configuration that was asked for"
    every = dict.fromkeys(name for config in configs for name in _keys(config))
    every |= dict.fromkeys(f"{parent}.{name}" for name in names if parent)
    return f"{asked(meant(typed or key, list(every)))}allowed: {', '.join(names) or 'none'}"


def has(config: DictConfig, key: str) -> bool:
    """Tell whether a configuration has a key, whatever its value."""
    parent, _, name = key.rpartition(".")
    node = _node(config, parent)
    return isinstance(node, DictConfig) and name in list(node)  # also if its value is missing


def _node(config: DictConfig, key: str) -> object:
    return OmegaConf.select(config, key) if key else config


def _keys(config: DictConfig) -> Iterable[str]:
    """All keys in full; of Hydra's keys, only `HYDRA_KEYS`."""
    waiting = [(str(name), config._get_node(name)) for name in config if name != "hydra"]
    for key, node in waiting:
        yield key
        if isinstance(node, DictConfig):
            waiting.extend((f"{key}.{name!s}", node._get_node(name)) for name in node if name not in HIDDEN)
    yield from HYDRA_KEYS if "hydra" in config else ()


def _plain(name: str) -> str:
    """A name in lower case, without underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")
