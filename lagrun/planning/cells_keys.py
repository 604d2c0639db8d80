"""Keys of the command line that not every cell of a sweep has: which cells take them, and where none does.

Hydra composes a sweep's usual configuration with all that is typed but lists of values, so it would refuse a key that
only the cells have. `hold_back` writes such a value as a list of one; `Composer` gives it to the cells that have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra.core.config_loader import ConfigLoader
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig

from lagrun.checks import ConfigError
from lagrun.config.hints import has, siblings
from lagrun.config.overrides import override_key
from lagrun.config.variants import GROUPS
from lagrun.planning.folder_names import NOT_NAMED

#: How many cells a message names.
MOST_NAMED = 3


def missing_key(error: Exception) -> str | None:
    """The key that Hydra could not override, as a configuration has none such; None for another error."""
    match = re.match(r"Could not override '([^']+)'", str(error))
    return match[1] if match else None


def may_differ(key: str) -> bool:
    """Tell whether some cells may have a key and others not: those below a group with several options."""
    return "." in key and key.partition(".")[0] in GROUPS


def as_typed(text: str) -> str:
    """An override before it was held back, see `lagrun.cli.held_back`."""
    return re.sub(r"=choice\((.*)\)$", r"=\1", text).removesuffix("''").replace("=null,null", "=null")


class Composer:
    """Composes cells of a sweep.

    Parameters
    ----------
    loader : ConfigLoader
        Hydra's.
    master : DictConfig
        The configuration that the sweep was started with.
    typed : sequence of str
        Overrides of the command line. Cells that have no such key are composed without them.
    """

    def __init__(self, loader: ConfigLoader, master: DictConfig, typed: Sequence[str] = ()) -> None:
        self._loader, self._master = loader, master
        self._typed = {override_key(text): as_typed(text) for text in typed}
        self._without: dict[str, list[tuple[str, DictConfig]]] = {key: [] for key in self._typed if may_differ(key)}
        self._with: set[str] = set()
        self._lacking: set[str] = set()

    def __call__(self, overrides: Sequence[str], name: str | None) -> tuple[DictConfig, list[str]]:
        """Compose a cell, and return its configuration and those of its overrides that it has the keys of.

        Raises
        ------
        ConfigError
            If it lacks a key that is not typed, but stands in a sweep file, say.
        """
        config, kept = self._composed(overrides)
        cell = name or " ".join(text for text in kept if not text.startswith(NOT_NAMED)) or "the defaults"
        for text in overrides:
            key = override_key(text)
            if key in self._lacking and key not in self._without:
                where = "" if key in self._typed else f" in the cell {cell}"
                raise ConfigError(f"{self._typed.get(key, text)}: unknown key{where}; {siblings(key, [config])}")
        for key, without in self._without.items():
            if key in self._lacking:
                without.append((cell, config))
            else:
                self._with.add(key)
        return config, kept

    def _composed(self, overrides: Sequence[str]) -> tuple[DictConfig, list[str]]:
        """Compose a cell, at first without the keys that the cell before lacked, as cells in a row are mostly alike."""
        present: set[str] = set()
        while True:
            kept = [text for text in overrides if not any(text.startswith(f"{key}=") for key in self._lacking)]
            try:
                config = self._loader.load_sweep_config(self._master, kept)
            except ConfigCompositionException as error:
                key = missing_key(error)
                if key is None or key in present or not any(text.startswith(f"{key}=") for text in kept):
                    raise
                self._lacking.add(key)
                continue
            found = {key for key in self._lacking if has(config, key)}
            if not found:
                return config, kept
            present |= found
            self._lacking -= found

    def check(self) -> None:
        """Raise ConfigError if something is typed that none of the cells composed so far has a key for."""
        for key, without in self._without.items():
            if without and key not in self._with:
                configs = [config for _, config in without]
                raise ConfigError(f"{self._typed[key]}: unknown key; {siblings(key, configs)}")

    def notices(self) -> list[str]:
        """Say for each key that is typed which of the cells composed so far lack it, if any do."""
        found = []
        for key, without in self._without.items():
            cells = list(dict.fromkeys(cell for cell, _ in without))
            more = f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else ""
            if cells:
                named = "; ".join(cells[:MOST_NAMED])
                found.append(f"{self._typed[key]}: has no effect where there is no such key: {named}{more}")
        return found
