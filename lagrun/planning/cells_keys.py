"""Keys on the command line that not every cell of a sweep has: finds the cells that have them, or reports if none has.

Hydra composes a sweep's main configuration with all typed overrides except lists of values. It would therefore refuse a
key that only cells have. `hold_back` writes such a value as a list of one; `Composer` gives it to cells with the key.
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

#: Most cells that a message names.
MOST_NAMED = 3


def missing_key(error: Exception) -> str | None:
    """The key that Hydra could not override because it does not exist; None for another error."""
    match = re.match(r"Could not override '([^']+)'", str(error))
    return match[1] if match else None


def may_differ(key: str) -> bool:
    """Tell whether some cells may have a key and others not: true for keys inside a group."""
    return "." in key and key.partition(".")[0] in GROUPS


def as_typed(text: str) -> str:
    """The override as it was typed, before it was held back; see `lagrun.cli.held_back`."""
    if text.endswith("=null,null"):
        return text.removesuffix(",null")
    if match := re.fullmatch(r"([^=]*=)choice\((.*)\)", text, re.DOTALL):
        return match[1] + ("" if match[2] == "''" else match[2])
    return text


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
        """Compose a cell; return its configuration, and the overrides whose keys it has.

        Raises
        ------
        ConfigError
            If it lacks a key that was not typed on the command line, but comes from a sweep file, for example.
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
        """Compose a cell; first try without the keys that the previous cell lacked, as neighbours are mostly alike."""
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
        """Raise ConfigError if a key was typed that none of the cells composed so far has."""
        for key, without in self._without.items():
            if without and key not in self._with:
                configs = [config for _, config in without]
                raise ConfigError(f"{self._typed[key]}: unknown key; {siblings(key, configs)}")

    def notices(self) -> list[str]:
        """For each typed key, say which of the cells composed so far lack it, if any do."""
        found = []
        for key, without in self._without.items():
            cells = list(dict.fromkeys(cell for cell, _ in without))
            more = f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else ""
            if cells:
                named = "; ".join(cells[:MOST_NAMED])
                found.append(f"{self._typed[key]}: has no effect where there is no such key: {named}{more}")
        return found
