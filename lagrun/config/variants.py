"""What the options of a configuration are called: by the name that was typed, or by the class where none was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Groups whose options are classes.
GROUPS = ("model", "task", "criterion", "loss", "loss_weighting", "optimiser", "engine")

#: The key of an option's class.
TARGET = "_target_"

#: Gives the class that the file of an option names, from group and option; None where that is not known.
Declared = Callable[[str, str], str | None]


def options_of(choices: Mapping[Any, Any], config: Mapping[str, Any], declared: Declared) -> dict[str, str]:
    """List the options that a composed configuration was made of: group to name.

    Parameters
    ----------
    choices : mapping
        What Hydra has chosen for each group, its ``hydra.runtime.choices``.
    config : mapping
        Plain values. A group whose class is not the one that its option names has another, which was typed, or set by a
        preset: the option is not what is run.
    declared : callable
        See `Declared`.
    """
    found = {group: str(choices[group]) for group in GROUPS if choices.get(group)}
    return {
        group: option for group, option in found.items() if declared(group, option) in (None, target_of(config[group]))
    }


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
