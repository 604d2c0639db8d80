"""Random command lines for `scripts.fuzz`: real keys and options, and everything that can be wrong with them.

No line asks for much work. Keys that are not mutated have tiny values. A mutated size is at most `LARGEST`, or more
than memory can hold.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from lagrun.config.paths import CONF, PLUGINS, SWEEPS

#: Largest value of a key that takes memory or time, unless it is so large that no memory holds it.
LARGEST = 40

#: Last parts of the keys that `LARGEST` is for.
SIZES = {
    "p",
    "q",
    "hidden_size",
    "n_blocks",
    "block_size",
    "window",
    "n_sequences",
    "curve_n_sequences",
    "construction_window",
    "curve_points_per_decade",
    "budget",
}

#: Of these, the keys that take memory, and values that are to be refused for want of it.
MEMORY_SIZES, TOO_LARGE = {"p", "q", "hidden_size", "n_blocks"}, ("1000000000", "999999999999", "1000000000000000000")

#: Makes a run tiny, unless a mutation replaces it.
TINY = ("budget=2", "task.p=5", "evaluation.n_sequences=2", "evaluation.curve_n_sequences=2", "execution.n_jobs=1")

GROUPS = sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "experiment")
OPTIONS = {group: sorted(path.stem for path in (CONF / group).glob("*.yaml")) for group in GROUPS}
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
SWEEP_FILES = sorted(path.stem for path in SWEEPS.glob("*.yaml"))

SMALL_NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "-3",
    "0.5",
    "1.0",
    "-0.0",
    "1e-3",
    "0.25",
    "1e0",
    "007",
    "1_0",
    "+1",
    "0x1",
)
HUGE_NUMBERS = ("9" * 30, str(2**31), str(2**63), str(2**64 - 1), str(10**18), "-" + "9" * 30, "9" * 5000)
HUGE_OTHERWISE = ("1e400", "-1e400", "1e308", "-1e18", "1e9", "nan", "inf", "-inf", "NaN", "-" + "9" * 5000)
WORDS = (
    "true",
    "false",
    "null",
    "???",
    "abc",
    "random",
    "sequence",
    "step",
    "end",
    "full",
    "tanh",
    "float32",
    "yes",
    "None",
)
TEXTS = (
    "",
    "''",
    '""',
    "'a b'",
    "a b",
    "ключ",
    "日本語",
    "\u202eabc",
    "\U0001f600",
    "a\nb",
    "a\tb",
    "\x1b[31mred",
    "\x07",
    "\x7f",
    "\udcff",
    "é" * 20,
    "a" * 5000,
    "%s%d{}",
    "\\",
    "\\n",
    "a\\,b",
    "'",
    '"',
    "`id`",
    "$(id)",
    "a;b",
    "a#b",
    "a=b",
    "=",
    ":",
    "-",
    "--",
    "*",
    "!!python/name:os.system",
    "&a",
    "|",
    "@",
    "1,2",
    "1,,2",
    ",",
    "lagrun.models.lstm.LSTM",
    "os.system",
    "..",
    ".",
)
CONTAINERS = (
    "[]",
    "[1,2]",
    "{}",
    "{a:1}",
    "[1,[2]]",
    "{a:{b:1}}",
    "[{a:1}]",
    "[a,",
    "{a:1",
    "]",
    "}",
    "(1)",
    "[1}",
    "{:}",
    "{_target_:os.getcwd}",
)
FUNCTIONS = (
    "range(3)",
    "choice(1,2)",
    "interval(0,1)",
    "glob(*)",
    "shuffle(1,2)",
    "sort(2,1)",
    "tag(a,1)",
    "int(x)",
    "float(1)",
    "extend_list(1)",
    "nope(1)",
)
INTERPOLATIONS = (
    "${budget}",
    "${task.p}",
    "${nope}",
    "${.p}",
    "${..seed}",
    "${",
    "${}",
    "$",
    "${hydra:job.name}",
    "${hydra.job.name}",
    "${oc.env:HOME}",
    "${oc.env:NO_SUCH_VARIABLE}",
    "${oc.env:NO_SUCH_VARIABLE,5}",
    "${oc.decode:5}",
    "${oc.decode:'[1,'}",
    "${oc.create:{a:1}}",
    "${oc.select:task.p}",
    "${oc.dict.keys:task}",
    "${now:%Y}",
    "${python_version:}",
    "${nope:1}",
    "${task}",
    "${seed}${seed}",
    "a${budget}b",
    "${lagrun.cell_folder:[a]}",
    "${oc.deprecated:task.p}",
    "\\${budget}",
)
SEEDS = (
    "0",
    "7",
    "0-1",
    "0,1",
    "3,1",
    "1,1",
    "5-2",
    "0-0",
    "range(2)",
    "range(0,2)",
    "range(0,4,2)",
    "range(2,0,-1)",
    "range(0,0)",
    "range()",
    "range(1,2,3,4)",
    "range(0,2),5",
    "0-1,range(3,4)",
    "-1",
    "-1-2",
    "1-",
    "0--1",
    "1.5",
    "1e2",
    "x",
    "",
    "[0,1]",
    "null",
    "true",
    "0x1",
    " 1",
    "0, 1",
    "²",
    "\u0661",
    "${budget}",
    str(2**31),
    str(2**63),
    str(2**64),
    str(2**128),
    "9" * 5000,
    "choice(0,1)",
    "???",
    "0-99999999999",
    "range(0,99999999999)",
)
PATHS = (
    "",
    ".",
    "..",
    "a",
    "a/b",
    "a b",
    "a=b",
    "a,b",
    "ü",
    "x" * 300,
    "null",
    "/dev/null/x",
    "/proc/x",
    "a\nb",
    "~",
    "${now:%f}",
    "${nope}",
    "1",
    "true",
    "[a]",
    "{a:1}",
)
#: Keys of Hydra's own that decide where something is written or what is run, with values that are wrong.
HYDRA = {
    "hydra.run.dir": tuple(text for text in PATHS if text != ".."),
    "hydra.sweep.dir": tuple(text for text in PATHS if text != ".."),
    "hydra.sweep.subdir": (*PATHS, "../x", "${seed}", "${hydra.job.num}", "a/${seed}", "/x/${seed}"),
    "hydra.output_subdir": (*PATHS, "../../../x"),
    "hydra.job.name": (*PATHS, "../../../x"),
    "hydra.job.chdir": ("true", "false", "null", "1", "x"),
    "hydra.job.env_set": ("{}", "{A:1}", "x", "null"),
    "hydra.job.env_copy": ("[]", "[HOME]", "[NO_SUCH_VARIABLE]", "x"),
    "hydra.verbose": ("true", "false", "1", "x", "[a]", "{a:1}", "null", "hydra"),
    "hydra.mode": ("RUN", "MULTIRUN", "x", "null", "1"),
    "hydra.searchpath": ("[]", "[file://nope]", "[pkg://os]", "[pkg://nope]", "x", "[1]", "null", "[nope://x]", "['']"),
    "hydra.launcher": ("lagrun", "basic", "nope", "null", "1", "{a:1}"),
    "hydra/launcher": ("lagrun", "basic", "nope", "null", "1", "[lagrun]", ""),
    "hydra/sweeper": ("lagrun", "basic", "nope", "null", "1", "[lagrun]", ""),
    "hydra/job_logging": ("none", "default", "disabled", "stdout", "nope", "null"),
    "hydra/hydra_logging": ("none", "default", "disabled", "hydra_debug", "nope", "null"),
    "hydra/help": ("default", "nope"),
    "hydra/output": ("default", "nope"),
    "hydra.launcher._target_": ("os.getcwd", "x", "null", "hydra_plugins.x.Y"),
    "hydra.sweeper._target_": ("os.getcwd", "x", "null", "1"),
    "hydra.sweeper.params": (
        "{}",
        "{task.p:'3,4'}",
        "{task.pp:3}",
        "[1]",
        "x",
        "null",
        "{seed:'0-1'}",
        "{1:2}",
        "{task.p:null}",
    ),
    "hydra.sweeper.cells": (
        "[]",
        "[{task.p:'3,4'}]",
        "[{nope:1}]",
        "[1]",
        "x",
        "null",
        "[{name:a}]",
        "[{name:[1]}]",
        "[{published:1}]",
        "[{published:{solved:1,n:2}}]",
    ),
    "hydra.sweeper.nope": ("1",),
    "hydra.launcher.nope": ("1",),
    "hydra.callbacks": (
        "null",
        "{}",
        "x",
        "[1]",
        "{x:1}",
        "{x:{_target_:os.getcwd}}",
        "{x:{_target_:hydra.experimental.callbacks.LogJobReturnCallback}}",
    ),
    "hydra.callbacks.check_before_run": ("null", "{}", "x", "1"),
    "hydra.help.template": ("x", "$nope", "$", "null"),
    "hydra.nope": ("1",),
    "hydra": ("null", "1", "{}", "{a:1}"),
}
FLAGS: tuple[tuple[str, ...], ...] = (
    ("-m",),
    ("--multirun",),
    ("-r",),
    ("-m", "-r"),
    ("-m", "-m"),
    ("--help",),
    ("-h",),
    ("--hydra-help",),
    ("--version",),
    ("--cfg", "job"),
    ("--cfg", "hydra"),
    ("--cfg", "all"),
    ("--cfg", "nope"),
    ("--cfg",),
    ("-c", "job", "--resolve"),
    ("-c", "hydra", "--resolve"),
    ("--resolve",),
    ("--help", "--resolve"),
    ("-c", "job", "-p", "task"),
    ("-c", "job", "--package", "nope"),
    ("-c", "job", "-p", "task.p"),
    ("-c", "job", "-p", ""),
    ("-c", "job", "-p", "[["),
    ("--package", "task"),
    ("--info",),
    ("--info", "all"),
    ("--info", "config"),
    ("--info", "defaults"),
    ("--info", "defaults-tree"),
    ("--info", "plugins"),
    ("--info", "searchpath"),
    ("-i", "nope"),
    ("-cn", "config"),
    ("-cn", "nope"),
    ("-cn", ""),
    ("-cn", "../config"),
    ("-cn", "model/lstm"),
    ("-cn", "a\nb"),
    ("-cn",),
    ("-cp", "nope"),
    ("-cp", ""),
    ("-cp", "pkg://os"),
    ("-cp", "/dev/null"),
    ("-cd", "nope"),
    ("-cd", "."),
    ("-cd", ""),
    ("-sc",),
    ("-sc", "install=bash"),
    ("-sc", "install=nope"),
    ("-sc", "query=bash"),
    ("-sc", "query=fish"),
    ("-sc", "query=zsh"),
    ("-sc", "uninstall=zsh"),
    ("--experimental-rerun", "x.pickle"),
    ("--experimental-rerun",),
    ("--bogus",),
    ("--bogus=1",),
    ("-x",),
    ("--multi",),
    ("--",),
    ("-",),
    ("-m", "--cfg", "job"),
    ("-m", "--info"),
    ("-m", "--help"),
)  # fmt: skip


@dataclass
class Line:
    """A command line: its arguments, and those of them that a message may name."""

    arguments: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)


def lines(seed: int) -> Iterator[Line]:
    """Endless lines, the same for the same `seed`."""
    rng = Random(seed)
    keys = _keys()
    kinds = [
        (_keys_line, 40),
        (_hydra_line, 20),
        (_flags_line, 13),
        (_seeds_line, 9),
        (_groups_line, 9),
        (_sweep_line, 4),
        (_garbage_line, 5),
    ]
    makers = [maker for maker, weight in kinds for _ in range(weight)]
    while True:
        own = rng.choice(makers)(rng, keys)
        rng.random() < 0.1 and rng.shuffle(own)
        tiny = [text for text in TINY if rng.random() < 0.97 or text in TINY[:2]]
        if not any("hydra.mode" in text for text in own) and rng.random() < 0.2 and "-m" not in own:
            own.append("-m")
        yield Line([*tiny, *own], own) if rng.random() < 0.97 else Line([*own, *tiny], own)


@cache
def _keys() -> dict[str, Any]:
    """Every key of every variant, with its value and the option that has it, where it is not the usual one."""
    found: dict[str, Any] = {}
    sys.path.append(str(PLUGINS))  # before Hydra looks for plugins
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for group in GROUPS:
            for option in OPTIONS[group]:
                plain = ["hydra/launcher=basic", "hydra/sweeper=basic", f"{group}={option}"]
                config = compose("config", plain, return_hydra_config=True)
                for key, value in _leaves(OmegaConf.to_container(config, resolve=False)):
                    found.setdefault(key, (value, f"{group}={option}" if key.startswith(f"{group}.") else ""))
    return found


def _leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        yield prefix + name, value


def _value(rng: Random, key: str, now: Any) -> str:
    """A value for a key: often one of its type, and never one that would be costly."""
    size = key.split(".")[-1] in SIZES
    pools: list[tuple[str, ...]] = [
        SMALL_NUMBERS,
        SMALL_NUMBERS,
        WORDS,
        TEXTS,
        CONTAINERS,
        FUNCTIONS,
        INTERPOLATIONS,
        HUGE_OTHERWISE,
    ]
    pools.append((str(rng.randint(1, LARGEST)),) if size else HUGE_NUMBERS)
    if key.split(".")[-1] in MEMORY_SIZES:
        pools.append(TOO_LARGE)
    if rng.random() < 0.35 and not isinstance(now, dict | list):
        return str(now) if not size else str(rng.randint(1, LARGEST))
    return rng.choice(rng.choice(pools))


def _misspelt(rng: Random, key: str) -> str:
    at = rng.randrange(len(key) + 1)
    return rng.choice(
        [
            key[:at] + key[at + 1 :],
            key[:at] + rng.choice("x._-/@[ :é\n") + key[at:],
            key.upper(),
            key + ".x",
            "x." + key,
            key.split(".")[-1],
        ]
    )


def _keys_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    ours = [key for key in keys if not key.startswith("hydra")]
    made = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        key = rng.choice(ours)
        value = _value(rng, key, keys[key][0])
        if rng.random() < 0.8 and keys[key][1] and not keys[key][1].endswith("compiled"):
            made.append(keys[key][1])
        if rng.random() < 0.12:
            key = _misspelt(rng, key)
        if rng.random() < 0.06:
            key += "@" + rng.choice(("", "_global_", "task", "x.y", "@"))
        prefix = rng.choice(("", "", "", "", "", "", "+", "++", "~", "+++", "~~"))
        text = rng.choice(
            (f"{prefix}{key}={value}",) * 12
            + (f"{prefix}{key}", f"{prefix}{key} = {value}", f"{prefix}{key}:{value}", f"={value}")
        )
        made += [text] * (2 if rng.random() < 0.04 else 1)
    if rng.random() < 0.15:
        made.append("execution.dry_run=true")
    return made


def _hydra_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    if rng.random() < 0.7:
        key = rng.choice(sorted(HYDRA))
        value = rng.choice(HYDRA[key])
    else:
        key = rng.choice([key for key in keys if key.startswith("hydra") and not key.endswith(".dir")])
        value = _value(rng, key, keys[key][0])
    made = [f"{rng.choice(('', '', '', '+', '++', '~'))}{key}={value}"]
    return [*made, "-m"] if rng.random() < 0.4 else made


def _flags_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    return [*rng.choice(FLAGS), *(rng.choice((_keys_line, _hydra_line))(rng, keys) if rng.random() < 0.4 else [])]


def _seeds_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    made = [f"{rng.choice(('', '', '', '', '+', '++', '~'))}seed={rng.choice(SEEDS)}"]
    if rng.random() < 0.1:
        made.append(f"seed={rng.choice(SEEDS)}")
    return [*made, "-m"] if rng.random() < 0.6 else made


def _groups_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    if rng.random() < 0.25:
        name = rng.choice((*EXPERIMENTS, "nope", "", "null", "[modern_2a]", "[modern_2a,paper_2a]"))
        return [f"{rng.choice(('', '+', '+', '+'))}experiment={name}", "criterion.n_sequences=20"]
    made = []
    for group in rng.sample(GROUPS, rng.choice((1, 2, 4))):
        option = rng.choice([name for name in OPTIONS[group] if name != "compiled"])
        option = rng.choice(
            (option,) * 8 + (option + "x", "", "null", f"[{option}]", "../config", f"{option},{option}", "{a:1}", "3")
        )
        made.append(f"{rng.choice(('',) * 9 + ('+', '++', '~'))}{group}={option}")
    return [*made, "updates=step"] if rng.random() < 0.3 else made


def _sweep_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    made = ["-cn", rng.choice(SWEEP_FILES), "seed=0", "criterion.n_sequences=20", "execution.dry_run=true"]
    return made + _keys_line(rng, keys)


def _garbage_line(rng: Random, keys: dict[str, Any]) -> list[str]:
    pool = (
        *TEXTS,
        *CONTAINERS,
        *FUNCTIONS,
        *INTERPOLATIONS,
        "a=b=c",
        "==",
        "a==",
        "=a",
        "+",
        "~",
        "++",
        "@",
        "a@b=c",
        "a.b",
        ".",
        "..=1",
        "a..b=1",
        "a.=1",
        "[0]=1",
        "task[p]=3",
        "task['p']=3",
        "~task",
        "~task.p",
        "~seed",
        "~hydra",
        "~execution",
        "~evaluation",
        "+task=noise_free",
        "+x={task}",
    )
    return [rng.choice(pool) for _ in range(rng.choice((1, 1, 2)))]
