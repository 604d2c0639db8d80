"""What the options of a configuration are called: by the name that was typed, or by the class where none was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Groups whose options are classes.
GROUPS = ("model", "task", "criterion", "loss", "loss_weighting", "optimiser", "engine")

#: The key of an option's class.
TARGET = "_target_"


def options_of(choices: Mapping[Any, Any], overrides: Iterable[str]) -> dict[str, str]:
    """List the options that a composed configuration was made of: group to name.

    Parameters
    ----------
    choices : mapping
        What Hydra has chosen for each group, its ``hydra.runtime.choices``.
    overrides : iterable of str
        What was typed; where it names a class, the option is not what is run.
    """
    replaced = {text.lstrip("+").split(f".{TARGET}=")[0] for text in overrides if f".{TARGET}=" in text}
    return {group: str(choices[group]) for group in GROUPS if choices.get(group) and group not in replaced}


def variant_name(node: Mapping[str, Any], option: str | None = None) -> str:
    """Name a variant: the option, or else the file of its class, for example ``lstm``."""
    return option or target_of(node).rpartition(".")[0].rpartition(".")[2]


def target_of(node: Mapping[str, Any]) -> str:
    """The full name of a variant's class."""
    return str(node[TARGET])


def told_apart(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give every variant a name of its own, whatever options are called.

    Parameters
    ----------
    names : iterable of tuple of str
        Name and class of each variant.

    Returns
    -------
    dict
        The same to a name that no other class has: followed by the class where two have the same.
    """
    targets: dict[str, set[str]] = {}
    pairs = list(names)
    for name, target in pairs:
        targets.setdefault(name, set()).add(target)
    return {(name, target): name if len(targets[name]) == 1 else f"{name} ({target})" for name, target in pairs}
