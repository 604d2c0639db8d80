"""Names of the options of a configuration: as typed, or after the class where no option was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Groups whose options are classes.
GROUPS = ("model", "task", "criterion", "loss", "loss_weighting", "optimiser", "engine")

#: The key of an option's class.
TARGET = "_target_"

#: Maps a group and an option to the class that the option's file names; None if unknown.
Declared = Callable[[str, str], str | None]


def options_of(choices: Mapping[Any, Any], config: Mapping[str, Any], declared: Declared) -> dict[str, str]:
    """Map each group to the option that it was composed from.

    Parameters
    ----------
    choices : mapping
        What Hydra has chosen for each group, its ``hydra.runtime.choices``.
    config : mapping
        Plain values. A group is left out if its class is not the one that its option names: the class was then typed,
        or set by a preset.
    declared : callable
        See `Declared`.
    """
    found = {group: str(choices[group]) for group in GROUPS if choices.get(group)}
    return {
        group: option for group, option in found.items() if declared(group, option) in (None, target_of(config[group]))
    }


def variant_name(node: Mapping[str, Any], option: str | None = None) -> str:
    """Name a variant: by its option, or else by the module of its class, for example ``lstm``."""
    return option or target_of(node).rpartition(".")[0].rpartition(".")[2]


def target_of(node: Mapping[str, Any]) -> str:
    """The full name of a variant's class."""
    return str(node[TARGET])


def told_apart(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give every variant a unique name, even where options of two classes have the same name.

    Parameters
    ----------
    names : iterable of tuple of str
        Name and class of each variant.

    Returns
    -------
    dict
        Name and class to a unique name: the name alone, or followed by the class where two classes share it.
    """
    targets: dict[str, set[str]] = {}
    pairs = list(names)
    for name, target in pairs:
        targets.setdefault(name, set()).add(target)
    return {(name, target): name if len(targets[name]) == 1 else f"{name} ({target})" for name, target in pairs}
