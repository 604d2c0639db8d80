"""Keeps a key that only the cells of a sweep have out of the configuration that Hydra composes first."""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser

from lagrun.cli.arguments import is_sweep
from lagrun.planning.cells_keys import may_differ, missing_key


def hold_back(arguments: Sequence[str], error: Exception) -> list[str] | None:
    """Rewrite an override so that it is set in the cells only, if the sweep's usual configuration lacks its key.

    Parameters
    ----------
    arguments : sequence of str
        The command line, as `lagrun.cli.arguments.arrange` leaves it.
    error : Exception
        Raised by Hydra for this command line.

    Returns
    -------
    list of str or None
        The same with the key's value as a list of one; None if that cannot help.
    """
    key = missing_key(error)
    if key is None or not may_differ(key) or not is_sweep(arguments):
        return None
    held = [_as_list(key, text.partition("=")[2]) if _sets(text, key) else text for text in arguments]
    return held if held != list(arguments) else None


def _as_list(key: str, value: str) -> str:
    """A list of one value; null is written twice, as ``choice`` does not take it, and still means one experiment."""
    return f"{key}=null,null" if value == "null" else f"{key}=choice({value or repr('')})"


def _sets(text: str, key: str) -> bool:
    return text.startswith(f"{key}=") and not OverridesParser.create().parse_override(text).is_sweep_override()
