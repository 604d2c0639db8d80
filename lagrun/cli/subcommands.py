"""The commands beside training, chosen by the first word: ``lagrun plot outputs/<sweep>``.

Each is a module with a function ``main``, which ``python -m lagrun.plot outputs/<sweep>`` runs, too. Overrides contain
``=``, and flags and other overrides begin with one of ``-+~``: any other first word must be a command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from lagrun.checks import one_line
from lagrun.config.paths import CONF, SWEEPS, is_there

#: Names of modules of lagrun, and what they do.
COMMANDS = {
    "aggregate": "the tables of a sweep again",
    "compare": "does one cell solve more than another, or faster",
    "plot": "the figures of a sweep",
    "picture": "single runs from inside",
    "report": "all of a sweep in one HTML page",
    "watch": "how far a sweep is that another process trains",
    "list": "sweeps, presets, options, and what has been trained",
    "clean": "removes sweeps and runs, after asking",
}

#: What else of lagrun ``python -m`` may run.
ENTRY = ("lagrun", "lagrun.__main__")

#: Words that people type in place of a flag.
FLAGS = {"help": "--help", "version": "--version"}


def asked(arguments: Sequence[str]) -> str | None:
    """The first word, if it can be neither an override nor a flag."""
    first = arguments[0] if arguments else "-"
    return None if "=" in first or first[:1] in ("-", "+", "~") else first


def run(name: str, arguments: Sequence[str]) -> int:
    """Run a command, and return its exit status: 2 if there is none of that name."""
    if name not in COMMANDS:
        hint = f"did you mean lagrun {meant}? " if (meant := close_to(name)) else ""
        words = f"{name}: no such command; {hint}allowed: {', '.join(COMMANDS)}, or key=value, such as task.p=100"
        print(f"lagrun: {one_line(words)}", file=sys.stderr)
        return 2
    typed, sys.argv = sys.argv, [f"lagrun {name}", *arguments]
    try:
        return int(module_of(name).main())
    finally:
        sys.argv = typed


def module_of(name: str) -> Any:
    """The module of a command; of a package, that which ``python -m`` runs."""
    found = import_module(f"lagrun.{name}")
    return import_module(f"lagrun.{name}.__main__") if hasattr(found, "__path__") else found


def close_to(name: str) -> str | None:
    """What the user may have meant by a word that is no command."""
    if is_there(SWEEPS / f"{name}.yaml"):
        return f"-cn {name}"
    if is_there(CONF / "experiment" / f"{name}.yaml"):
        return f"+experiment={name}"
    close = get_close_matches(name, [*COMMANDS, *FLAGS], n=1)
    return FLAGS.get(close[0], close[0]) if close else None


def refuse_other_modules() -> None:
    """End ``python -m lagrun.MODULE`` with status 2 where the module is no command; Python would only import it.

    Call it while Python imports the package, before it runs the module: only then is ``sys.argv[0]`` ``-m``.
    """
    module, commands = run_by_python(sys.orig_argv, sys.argv), [f"lagrun.{name}" for name in COMMANDS]
    if module.startswith("lagrun.") and module not in (*ENTRY, *commands):
        close = get_close_matches(module, commands, n=1, cutoff=0.85)
        hint = f"did you mean {close[0]}? " if close else ""
        words = f"python -m {module}: is no command; {hint}allowed: {', '.join([ENTRY[0], *commands])}"
        print(one_line(words), file=sys.stderr)
        sys.exit(2)


def run_by_python(typed: Sequence[str], left: Sequence[str]) -> str:
    """Tell which module ``python -m`` runs.

    Parameters
    ----------
    typed : sequence of str
        ``sys.orig_argv``: with the interpreter's own options.
    left : sequence of str
        ``sys.argv``: ``-m``, and the module's arguments.

    Returns
    -------
    str
        Empty if Python was not started with ``-m``.
    """
    if left[:1] != ["-m"] or len(typed) <= len(left):
        return ""
    word = typed[-len(left)]  # -m MODULE, or -mMODULE
    return word.partition("m")[2] if word.startswith("-") else word
