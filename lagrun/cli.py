"""What is done to the command line before Hydra sees it: order of flags and overrides, seed syntax, ``resume=``."""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from hydra.core.override_parser.types import Quote, QuotedString

from lagrun.checks import ConfigError, ambiguous_number
from lagrun.hydra_internals import get_args_parser
from lagrun.paths import SWEEPS
from lagrun.store import STARTED, SWEEP

RESUME = "resume="
#: Keys that name the folder of a sweep, and of a single run.
FOLDER_KEYS = ("hydra.sweep.dir", "hydra.run.dir")
#: Keys that are not recalled.
FOR_ONE_SESSION = ("execution.retry_failed", "execution.dry_run")

#: Most seeds of one sweep: each is a run with a folder of its own.
MOST_SEEDS = 1_000_000

#: A number in ASCII, of a length that Python reads; `lagrun.config.Top` has the limit.
DIGITS = "(?:0|[1-9][0-9]{0,39})"

ALLOWED_SEEDS = "an integer >= 0, or with -m a list such as 0-29, 0-9,20,25-29 or range(0,30)"


def arrange(argv: Sequence[str]) -> list[str]:
    """Put Hydra's flags before the overrides (its parser does not accept them mixed) and expand the seeds.

    A sweep file, named by ``-cn``, implies ``-m``. ``resume=FOLDER`` stands for the command that was typed to begin
    what is in the folder; what else is typed wins.

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
        flags[-1] = "--info=all"  # or it would take the first override for what it is to show
    others = (parsed.run, parsed.multirun, parsed.cfg, parsed.info, parsed.help, parsed.hydra_help)
    if (SWEEPS / f"{parsed.config_name}.yaml").exists() and not any(others):
        flags.append("--multirun")  # or Hydra would look in the defaults for keys that only the cells have
    return [*flags, *expand_seed_overrides(parsed.overrides)]


def _split(argv: Sequence[str]) -> tuple[Namespace, list[str]]:
    """Parse Hydra's flags, and return what is parsed, and the flags as they were typed."""
    parsed, flags = _parse(argv), list(argv)
    for override in parsed.overrides:
        flags.remove(override)
    return parsed, flags


def _recalled(resumed: Sequence[str], overrides: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Put the command with which a folder was begun in the place of ``resume=FOLDER``."""
    folder = Path(re.sub(r"""^(['"])(.*)\1$""", r"\2", resumed[0].removeprefix(RESUME)))
    if len(resumed) > 1:
        raise ConfigError(f"{resumed[1]}: resume is given twice; one folder can be resumed at a time")
    key, command = _command_of(folder)
    recalled, kept_flags = _split(command)
    typed = [override for override in overrides if override not in resumed]
    replaced = {override_key(override) for override in typed} | {*FOLDER_KEYS, *FOR_ONE_SESSION}
    kept = [override for override in recalled.overrides if override_key(override) not in replaced]
    new_flags = [] if flags == kept_flags else flags
    return [*kept_flags, *new_flags, *kept, *typed, f"{key}={quoted(str(folder))}"]


def _command_of(folder: Path) -> tuple[str, list[str]]:
    """Find what was typed to begin a folder, and the key that names the folder."""
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
    raise ConfigError(f"{RESUME}{folder}: holds neither a sweep nor a run; it must be a folder such as outputs/<sweep>")


def quoted(text: str) -> str:
    """Write a value so that Hydra, and OmegaConf after it, take it as it is, whatever it contains."""
    without_interpolation = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    return QuotedString(without_interpolation, Quote.single).with_quotes()


def override_key(override: str) -> str:
    """The key that an override sets: ``task.p`` for ``+task.p=100``."""
    return override.lstrip("+~").split("=")[0].split("@")[0]


def typed_overrides(argv: Sequence[str]) -> list[str]:
    """Those of the arguments that are no flags."""
    return list(_parse(argv).overrides)


def expand_seed_overrides(overrides: Iterable[str]) -> list[str]:
    """Rewrite ``seed=0-29`` among `overrides` as the plain list that Hydra understands."""
    expanded, found = [], False
    for override in overrides:
        key, equals, value = override.partition("=")
        if key.lstrip("+") == "seed" and equals:
            if found:
                raise ConfigError(f"{override}: seed is given twice; write one list, such as seed=0-9,20")
            found = True
            override = f"seed={','.join(map(str, expand_seeds(value)))}"
        expanded.append(override)
    return expanded


def expand_seeds(text: str) -> Sequence[int | str]:
    """Read a list of seeds.

    Parameters
    ----------
    text : str
        Comma-separated items, each ``7``, ``0-29`` (both ends included) or ``range(start, stop[, step])`` (as in
        Python, `stop` excluded).

    Returns
    -------
    sequence of int
        In the order given; or the text itself, where it is one interpolation such as ``${oc.env:SEED}``.

    Raises
    ------
    ConfigError
        If an item is malformed, descending or empty, or a seed occurs twice.
    """
    if _is_interpolation(text.strip()):  # an environment variable, say, which Hydra resolves
        return [text.strip()]
    seeds: list[int] = []
    for item in re.split(r",(?![^(]*\))", text):
        seeds.extend(_expand_item(item.strip(), text))
    seen: set[int] = set()
    for seed in seeds:
        if seed in seen:
            raise ConfigError(f"seed={text}: seed {seed} occurs twice; every seed may occur once")
        seen.add(seed)
    return seeds


def _parse(argv: Sequence[str]) -> Namespace:
    parser = get_args_parser()
    setattr(parser, "error", _refuse)  # noqa: B010  (one line instead of the usage)
    return parser.parse_intermixed_args(list(argv))


def _check_completion(arguments: Sequence[str]) -> None:
    """Refuse what Hydra's tab completion does not know."""
    allowed = [f"{verb}={shell}" for verb in ("install", "uninstall", "query") for shell in ("bash", "fish", "zsh")]
    if len(arguments) != 1 or arguments[0] not in allowed:
        raise ConfigError(f"--shell-completion {' '.join(arguments)}: must be one of {', '.join(allowed)}")
    if arguments[0].startswith("query") and "COMP_LINE" not in os.environ:
        raise ConfigError(f"--shell-completion {arguments[0]}: is for the shell, which sets COMP_LINE")


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"{message}; see python -m lagrun --hydra-help for the flags")


def _is_interpolation(text: str) -> bool:
    """Tell whether a text is one interpolation, which may have others inside."""
    depths = [text[: i + 1].count("{") - text[: i + 1].count("}") for i in range(len(text))]
    return text.startswith("${") and depths[-1] == 0 and 0 not in depths[1:-1]


def _expand_item(item: str, text: str) -> Sequence[int]:
    if re.fullmatch(DIGITS, item):
        return [int(item)]
    if match := re.fullmatch(f"({DIGITS})-({DIGITS})", item):
        first, last = map(int, match.groups())
        if first > last:
            raise ConfigError(f"seed={text}: the range {item} descends; write {last}-{first}")
        return _sized(range(first, last + 1), text)
    if match := re.fullmatch(r"range\(([0-9\s,-]+)\)", item):
        if why := next(filter(None, map(ambiguous_number, match[1].split(","))), None):
            raise ConfigError(f"seed={text}: {why}")
        try:
            found = range(*map(int, match[1].split(",")))
        except (ValueError, TypeError):
            found = range(0)
        if not found or min(found[0], found[-1]) < 0:
            raise ConfigError(f"seed={text}: {item} is no range of seeds >= 0; write range(start,stop) or start-last")
        return _sized(found, text)
    why = next(filter(None, map(ambiguous_number, item.split("-"))), f"must be {ALLOWED_SEEDS}")
    raise ConfigError(f"seed={text}: {why}")


def _sized(found: range, text: str) -> range:
    """Refuse a range that is too long even to be counted by len()."""
    if found[MOST_SEEDS:]:
        raise ConfigError(f"seed={text}: more than {MOST_SEEDS:,} seeds")
    return found
