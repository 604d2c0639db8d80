"""A sweep: from the command line and a sweep file to a list of jobs.

Sweep files hold what Hydra's own grid cannot say: a list of cells, each a small grid::

    hydra:
      sweeper:
        params: {seed: 0-29}             # for all cells
        cells:
          - {task.p: 50, optimiser.learning_rate: "0.02,0.01"}
          - {task.p: 100, name: LSTM, published: {solved: 14, n: 18, mean_sequences: 1043000}}

docs/sweeps.md describes the format. A key on the command line replaces the same key in the file. ``name`` and
``published`` are no keys of the configuration. In the table, a name replaces the keys in which cells of different names
differ. Several cells may share a name; ``hydra.sweeper.names=LSTM``, or a list of names, runs only these cells.
``published`` is what a paper reports of the cell (``mean_sequences`` and ``median_sequences``, over solved runs, may be
left out).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType

from lagrun.checks import ConfigError, show
from lagrun.config.overrides import override_key, quote_folders
from lagrun.config.seed_lists import MOST_SEEDS, expand_seed_overrides
from lagrun.planning.published import RESERVED, Label, read_label

#: Keys, or groups of keys, that may be replaced while a cell stays comparable with its published values.
SAME_EXPERIMENT = {"seed", "budget", "execution", "snapshots", "trusted_modules", "evaluation", "hydra"}


def expand(
    params: Mapping[str, Any],
    cells: Sequence[Mapping[str, Any]],
    arguments: Sequence[str],
    names: str | Sequence[str] = (),
    loader: ConfigLoader | None = None,
) -> list[tuple[tuple[str, ...], Label]]:
    """List the overrides of every job of a sweep.

    Parameters
    ----------
    params : mapping
        Key to value, or to a comma-separated list of values, for all cells.
    cells : sequence of mapping
        The same for each cell; an empty sequence means one cell.
    arguments : sequence of str
        Overrides of the command line, which win.
    names : str or sequence of str
        Names of the cells to run; empty for all.
    loader : ConfigLoader or None
        Hydra's; lists the options that match a ``glob``.

    Returns
    -------
    list of tuple
        The overrides of each job, and the label of its cell. The label has no published values where the command line
        replaces a key of the cell so that it becomes another experiment.
    """
    if not (isinstance(params, Mapping) and all(isinstance(key, str) for key in params)):
        raise ConfigError(f"hydra.sweeper.params={params}: must be a mapping from key to values")
    if not (isinstance(cells, list) and all(isinstance(cell, Mapping) for cell in cells)) or not all(
        isinstance(key, str) for cell in cells for key in cell
    ):
        raise ConfigError(f"hydra.sweeper.cells={cells}: must be a list of mappings from key to values")
    labels = [read_label(cell, f"hydra.sweeper.cells[{index}]") for index, cell in enumerate(cells or [{}])]
    names = [names] if isinstance(names, str) else names
    _check_names(names, labels)
    typed = {override_key(argument) for argument in arguments}
    jobs: list[tuple[tuple[str, ...], Label]] = []
    for cell, label in zip(cells or [{}], labels, strict=True):
        if names and label.name not in names:
            continue
        settings = {**params, **{key: value for key, value in cell.items() if key not in RESERVED}}
        replaced = typed.intersection(map(override_key, settings))
        if {re.split("[./]", key)[0] for key in replaced} - SAME_EXPERIMENT:
            label = dataclasses.replace(label, published=None)
        kept = {key: value for key, value in settings.items() if override_key(key) not in replaced}
        overrides = [quote_folders(f"{key}={_text(value)}") for key, value in kept.items()]
        parsed = OverridesParser.create(loader).parse_overrides(expand_seed_overrides([*overrides, *arguments]))
        _check_lengths(parsed)
        jobs += [(job, label) for job in _combinations(parsed)]
    return jobs


def _check_names(names: Sequence[str], labels: Sequence[Label]) -> None:
    """Refuse names that no cell has."""
    known = list(dict.fromkeys(label.name for label in labels if label.name))
    if not (isinstance(names, list | tuple) and all(name in known for name in names)):
        allowed = f"one or a list of {', '.join(known)}" if known else "left out, as no cell has a name"
        raise ConfigError(f"hydra.sweeper.names={show(names)}: must be {allowed}")


def _check_lengths(overrides: Sequence[Override]) -> None:
    """Refuse lists of values that are empty, or give more jobs than anyone can intend."""
    n_jobs = 1
    for override in overrides:
        if override.is_discrete_sweep():
            try:
                values = sum(1 for _ in islice(override.sweep_iterator(), MOST_SEEDS + 1))
            except Exception as error:  # whatever Hydra raises
                raise ConfigError(f"{override.input_line}: name the values one by one ({error})") from None
            if values == 0:
                raise ConfigError(f"{override.input_line}: {_why_empty(override)}")
            n_jobs *= values
            if n_jobs > MOST_SEEDS:
                raise ConfigError(f"{override.input_line}: makes more than {MOST_SEEDS:,} runs")


def _combinations(overrides: Sequence[Override]) -> Iterator[tuple[str, ...]]:
    """Every combination of the overrides' values, the last key varying fastest; of a key set twice, the last values."""
    values: dict[str, list[str]] = {}
    for override in overrides:
        key = override.get_key_element()
        if override.is_discrete_sweep():
            values[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
        elif override.is_sweep_override():
            raise ConfigError(f"{override.input_line}: has no values to go through; name them, as in key=0.1,0.2")
        else:
            values[key] = [f"{key}={override.get_value_element_as_str()}"]
    return product(*values.values())


def _why_empty(override: Override) -> str:
    if override.value_type is not ValueType.GLOB_CHOICE_SWEEP or override.config_loader is None:
        return "an empty list of values"
    group = override.key_or_group
    options = ", ".join(sorted(override.config_loader.get_group_options(group, ObjectType.CONFIG)))
    return f"fits no option; allowed: {options}" if options else f"glob lists options, and {group} is no group"


def _text(value: Any) -> str:
    """A value of a sweep file in the syntax of Hydra's command line; a list gives the values to sweep over."""
    if isinstance(value, bool) or value is None:
        return str(value).lower().replace("none", "null")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(_text, value))
    return str(value)
