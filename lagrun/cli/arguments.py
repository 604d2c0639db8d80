"""Prepares the command line for Hydra: order of flags and overrides, ``resume=``."""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from lagrun.checks import ConfigError
from lagrun.cli.hydra_internals import get_args_parser
from lagrun.cli.sweep_files import is_sweep_file
from lagrun.config.hints import asked, meant, usual_keys
from lagrun.config.overrides import override_key, quote_folders, quoted
from lagrun.config.paths import CONF
from lagrun.config.seed_lists import expand_seed_overrides
from lagrun.config.variants import GROUPS
from lagrun.storage.files import STARTED, SWEEP

RESUME = "resume="
#: Keys that name the folder of a sweep, and of a single run.
FOLDER_KEYS = ("hydra.sweep.dir", "hydra.run.dir")
#: Keys beside groups that every configuration needs.
NEEDED = ("evaluation", "execution", "seed", "budget", "dtype", "updates")
#: Keys that ``resume=`` does not take over.
FOR_ONE_SESSION = ("execution.retry_failed", "execution.dry_run")


def arrange(argv: Sequence[str]) -> list[str]:
    """Put Hydra's flags before the overrides (its parser does not accept them mixed) and expand the seeds.

    A sweep file, named by ``-cn``, implies ``-m``. A folder named by ``-cp`` is relative to the working directory, not
    to the folder of lagrun. ``resume=FOLDER`` stands for the command with which the folder was begun; other arguments
    override it.

    Parameters
    ----------
    argv : sequence of str
        Arguments without the program's name.

    Returns
    -------
    list of str

    Raises
    ------
    ConfigError
        If the seeds are malformed or given twice, or there is nothing to resume.
    """
    parsed, flags = _split(argv)
    resumed = [override for override in parsed.overrides if override.startswith(RESUME)]
    if resumed:
        parsed, flags = _split(_recalled(resumed, parsed.overrides, flags))
    if parsed.experimental_rerun is not None:
        raise ConfigError(
            "--experimental-rerun would unpickle a file, which can run anything; "
            "a run's folder reproduces it with -cp and -cn"
        )
    if parsed.resolve and parsed.cfg is None and not parsed.help:
        raise ConfigError("--resolve: is for --cfg and --help")
    if parsed.shell_completion:
        _check_completion(parsed.overrides)
    if flags and flags[-1] in ("--info", "-i"):
        flags[-1] = "--info=all"  # a bare --info would take the first override as its value
    _check_deletions(parsed.overrides)
    others = (parsed.multirun, parsed.cfg, parsed.info, parsed.help, parsed.hydra_help)
    if is_sweep_file(parsed) and not any(others):
        if parsed.run:
            raise ConfigError(f"--run: {parsed.config_name} is a sweep; leave --run out")
        flags.append("--multirun")  # or Hydra would look in the defaults for keys that only the cells have
    return [*_from_here(flags), *map(quote_folders, expand_seed_overrides(parsed.overrides))]


def is_sweep(argv: Sequence[str]) -> bool:
    """Tell whether a command line, as `arrange` leaves it, is a sweep's."""
    return bool(parse(argv).multirun)


def _from_here(flags: Sequence[str]) -> list[str]:
    """Write the folder of ``-cp`` in full; to Hydra it is relative to the program."""
    found = list(flags)
    for index, (before, flag) in enumerate(pairwise(["", *flags])):
        name, equals, value = flag.partition("=") if flag.startswith("--") else (before, " ", flag)
        if name in ("-cp", "--config-path") and Path(value).is_dir():
            found[index] = f"{name if equals == '=' else ''}{equals.strip()}{Path(value).absolute()}"
    return found


def _split(argv: Sequence[str]) -> tuple[Namespace, list[str]]:
    """Parse Hydra's flags, and return what is parsed, and the flags as they were typed."""
    parsed, flags = parse(argv), list(argv)
    for override in parsed.overrides:
        flags.remove(override)
    return parsed, flags


def _recalled(resumed: Sequence[str], overrides: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Replace ``resume=FOLDER`` by the command with which the folder was begun."""
    folder = _folder_of(resumed[0])
    if len(resumed) > 1:
        raise ConfigError(f"{resumed[1]}: resume is given twice; one folder can be resumed at a time")
    key, command = _command_of(folder)
    recalled, kept_flags = _split(command)
    typed = [override for override in overrides if override not in resumed]
    replaced = {override_key(override) for override in typed} | {*FOLDER_KEYS, *FOR_ONE_SESSION}
    kept = [override for override in recalled.overrides if override_key(override) not in replaced]
    new_flags = [] if flags == kept_flags else flags
    return [*kept_flags, *new_flags, *kept, *typed, f"{key}={quoted(str(folder))}"]


def _folder_of(resume: str) -> Path:
    return Path(re.sub(r"""^(['"])(.*)\1$""", r"\2", resume.removeprefix(RESUME)))


def _command_of(folder: Path) -> tuple[str, list[str]]:
    """Find the key that names the folder, and the command with which the folder was begun."""
    for key, name in zip(FOLDER_KEYS, (SWEEP, STARTED), strict=True):
        try:
            command = json.loads((folder / name).read_bytes())["command"]
            if command is None:
                raise ConfigError(f"{RESUME}{folder}: is a run of a sweep; resume the sweep's folder, outputs/<sweep>")
            return key, [str(argument) for argument in command]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{RESUME}{folder}: {name} cannot be read ({error})") from None
    if any(folder.rglob(STARTED)):
        raise ConfigError(f"{RESUME}{folder}: holds runs of another sweeper, which has no plan; type its command again")
    raise ConfigError(f"{RESUME}{folder}: holds neither a sweep nor a run; it must be a folder such as outputs/<sweep>")


def typed_overrides(argv: Sequence[str]) -> list[str]:
    """The arguments that are no flags."""
    return list(parse(argv).overrides)


def parse(argv: Sequence[str]) -> Namespace:
    """Read Hydra's flags, and the overrides among them."""
    parser = get_args_parser()
    setattr(parser, "error", _refuse)  # noqa: B010  (one line instead of the usage)
    return parser.parse_intermixed_args(list(argv))


def _check_completion(arguments: Sequence[str]) -> None:
    """Refuse arguments that Hydra's tab completion does not know."""
    allowed = [f"{verb}={shell}" for verb in ("install", "uninstall", "query") for shell in ("bash", "fish", "zsh")]
    if len(arguments) != 1 or arguments[0] not in allowed:
        raise ConfigError(f"--shell-completion {' '.join(arguments)}: must be one of {', '.join(allowed)}")
    if arguments[0].startswith("query") and "COMP_LINE" not in os.environ:
        raise ConfigError(f"--shell-completion {arguments[0]}: is for the shell, which sets COMP_LINE")


def _check_deletions(overrides: Iterable[str]) -> None:
    """Refuse overrides such as ``~task`` that delete a key that every configuration needs."""
    for override in overrides:
        key = override_key(override)
        if override.startswith("~") and key in (
            *GROUPS,
            "evaluation",
            "execution",
            "seed",
            "budget",
            "dtype",
            "updates",
        ):
            options = ", ".join(sorted(path.stem for path in (CONF / key).glob("*.yaml")))
            allowed = f"{key}= one of {options}" if options else f"{key} with a value"
            raise ConfigError(f"{override}: cannot be left out; write {allowed}")


def as_typed(message: str, typed: Sequence[str]) -> str:
    """If ``resume=FOLDER`` was typed, put it into a message in place of the key that it stands for."""
    for override in typed:
        if override.startswith(RESUME):
            for key in FOLDER_KEYS:
                message = message.replace(f"{key}={_folder_of(override)}:", f"{override}:")
    return message


def _refuse(message: str) -> NoReturn:
    if match := re.search(r"unrecognized arguments: .*?(--?(\w[\w.-]*)\S*)", message):
        hint = asked(meant(match[2], usual_keys()))
        raise ConfigError(f"{match[1]}: unknown flag; {hint}keys are set as key=value, without hyphens before them")
    raise ConfigError(f"{message}; see python -m lagrun --hydra-help for the flags")
