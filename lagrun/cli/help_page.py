"""What ``lagrun --help`` prints: a page to begin with. Names, values and words are those of the files in conf/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from lagrun.cli.columns import described, wrapped
from lagrun.cli.described import Key, keys
from lagrun.cli.subcommands import COMMANDS
from lagrun.config.paths import CONF, SWEEPS

#: Characters of a line.
WIDTH = 80

#: Keys of the page, beside the groups of the defaults list.
SHOWN = (
    "task.p",
    "optimiser.learning_rate",
    "seed",
    "budget",
    "updates",
    "dtype",
    "snapshots",
    "execution.n_jobs",
    "execution.dry_run",
    "execution.checkpoint_seconds",
)

MAIN = "lagrun model=lstm task.p=100 -m seed=0-29"


def page() -> str:
    """Write the page."""
    parts = [
        _headed(
            "lagrun trains recurrent nets on the long-time-lag tasks of Hochreiter & Schmidhuber (1997), Experiment 2, "
            "many seeds at a time, and prints tables like the paper's.",
        ),
        _headed(
            "The main command, 30 independent trainings and a table; and one run:",
            (MAIN, ""),
            ("lagrun", "the defaults below; lagrun seed=7 changes one of them"),
        ),
        _headed(
            "Options and their defaults. With -m, a list such as task.p=50,100 trains every combination:", *_options()
        ),
        _headed(
            "Whole sweeps and presets:",
            ("lagrun -cn SWEEP", _names(SWEEPS)),
            ("lagrun +experiment=PRESET", _names(CONF / "experiment")),
            ("lagrun resume=outputs/SWEEP", "what is missing; more with seed=0-59 or budget=50000"),
        ),
        _headed("Commands; their own options: lagrun plot --help", *_commands()),
        _headed(
            "To read on:",
            ("lagrun list options", "what each net, task, optimiser, ... is"),
            ("lagrun --help model=gru", "every key of that configuration, with its value"),
            ("lagrun --hydra-help", "flags, tab completion"),
            ("README.md, docs/", "all of it, with measured results"),
        ),
        _headed("python -m lagrun is the same as lagrun."),
    ]
    return "\n\n".join(parts)


def _headed(heading: str, *pairs: tuple[str, str]) -> str:
    return "\n".join([*wrapped(heading, WIDTH), *described(pairs, WIDTH)])


def defaults() -> dict[str, str]:
    """The option of each group that is taken where none is named."""
    listed = yaml.safe_load((CONF / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    groups = (item for item in listed if isinstance(item, dict))
    return {group: option for item in groups for group, option in item.items() if (CONF / group).is_dir()}


def _options() -> Iterator[tuple[str, str]]:
    """Groups and keys as one would type them, with what else they may be."""
    chosen = defaults()
    known: dict[str, Key] = keys(CONF / "config.yaml")
    for group, option in chosen.items():
        known |= {f"{group}.{name}": key for name, key in keys(CONF / group / f"{option}.yaml").items()}
        yield f"{group}={option}", f"or {_names(CONF / group, without=option)}"
    for name in SHOWN:
        yield f"{name}={known[name].value}", known[name].comment


def _commands() -> Iterator[tuple[str, str]]:
    for name, what in COMMANDS.items():
        yield f"lagrun {name}{'' if name == 'list' else ' outputs/SWEEP'}", what


def _names(folder: Path, without: str = "") -> str:
    return ", ".join(sorted(path.stem for path in folder.glob("*.yaml") if path.stem != without))
