"""Random command lines: each is to run, or to be refused in one line that names what was typed.

    python -m scripts.fuzz [--n 2000] [--processes 100] [--seed 0]

tries `n` lines in this process, through the function that the command calls, and `processes` more as new processes.
Each has its own folder. The exit status is 1 if any of them went wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import logging
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from lagrun.__main__ import main as command
from lagrun.checks import one_line
from lagrun.config.paths import CONF
from lagrun.storage import files
from scripts.fuzz_lines import Line, lines

SECONDS = 60  # a line that takes longer is wrong
SLOW_SECONDS = 5.0  # and one that takes longer than this is listed

MEMORY = 4 * 2**30  # bytes

#: A line with one of these shows something and trains nothing.
SHOWS = {"--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i", "-sc", "--resolve"}


class Ended(NamedTuple):
    """What came of a line."""

    status: int | None
    out: str
    err: str
    seconds: float


@dataclass
class Tried:
    """A line, what came of it, and what is wrong with that, if anything."""

    line: Line
    ended: Ended
    wrong: str


class TooSlowError(BaseException):
    """A line has used up its time."""


def in_process(arguments: Sequence[str]) -> Ended:
    """Call the command's own function."""
    out, err, kept = io.StringIO(), io.StringIO(), list(sys.argv)
    started, late = time.monotonic(), []

    def stop(*_: Any) -> None:
        late.append(True)
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    os.environ.pop("HYDRA_FULL_ERROR", None)
    folder = Path.cwd()
    status: int | None
    try:
        sys.argv = ["lagrun", *arguments]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("always")
            try:
                status = command()
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            except BaseException:  # what a user would see as a traceback
                import traceback

                status = None
                traceback.print_exc()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        sys.argv = kept
        os.chdir(folder)
        for logger in (logging.getLogger(), logging.getLogger("hydra")):  # or a line's settings would live on
            logger.handlers.clear()
            logger.setLevel(logging.NOTSET)
    return Ended(None if late else status, out.getvalue(), err.getvalue(), time.monotonic() - started)


def as_process(arguments: Sequence[str]) -> Ended:
    """Type it."""
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    env.pop("HYDRA_FULL_ERROR", None)
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lagrun", *arguments], env=env, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Ended(None, "", "", time.monotonic() - started)
    texts = [text.decode(errors="replace") for text in (done.stdout, done.stderr)]
    return Ended(done.returncode, *texts, time.monotonic() - started)


def attempt(line: Line, run: Callable[[Sequence[str]], Ended]) -> Tried:
    """Run a line in an empty folder, and judge it."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        work = Path(name, "a", "b", "c", "work")
        work.mkdir(parents=True)
        with contextlib.chdir(work):
            ended = run(line.arguments)
        inside = sorted(str(path.relative_to(work)) for path in work.rglob("*"))
        shutil.rmtree(work)
        outside = sorted(str(path.relative_to(name)) for path in Path(name).rglob("*"))
        return Tried(line, ended, _wrong(line, ended, inside, outside))


def _wrong(line: Line, ended: Ended, inside: Sequence[str], outside: Sequence[str]) -> str:
    if ended.status is None:
        return "raised" if ended.err else f"took more than {SECONDS} s"
    if "Traceback" in ended.err + ended.out:
        return "traceback"
    if outside != ["a", "a/b", "a/b/c"]:
        return f"wrote outside its folder: {outside}"
    if ended.status == 2:
        if inside:
            return f"refused, and wrote {inside[0]}"
        if _without_warnings(ended.err).count("\n") != 1:
            return "refused in more than one line"
        return "" if names(line, ended.err) else "refused without naming what was typed"
    if ended.status != 0:
        return f"status {ended.status}"
    if _without_warnings(ended.err):
        return "said something"
    shown = SHOWS.intersection(line.arguments) or any("dry_run" in text for text in line.own)
    if not shown and not any(Path(path).name == files.RESULT for path in inside):
        return "neither ran nor was refused"
    return ""


def names(line: Line, err: str) -> bool:
    """Tell whether a message names one of the arguments, or the key or a value of one, as typed."""
    own = line.arguments if any(text.startswith("-") for text in line.own) else line.own
    for text in own:
        key = text.lstrip("+~").split("=")[0].split("@")[0].strip()
        parts = {text, key, text.lstrip("+~"), key.rpartition(".")[2], key.replace("/", ".")}
        if key.endswith("._target_"):  # what its class lacks is named by the group
            parts.add(key.removesuffix("_target_"))
        parts |= set(re.findall(r"[\w./:-]{3,}", text)) - {"true", "false", "null", "hydra", "lagrun", "model", "task"}
        if any(part and (part in err or one_line(part) in err) for part in parts):
            return True
    return False


def _without_warnings(err: str) -> str:
    """Leave out of what is said the warnings of Hydra and OmegaConf, and notes on keys without effect."""
    err = re.sub(r"^lagrun: [^\n]*: has no effect where there is no such key: [^\n]*\n", "", err, flags=re.M)
    return re.sub(r"^[^\n]*Warning: .*?\n  warnings\.warn\([^\n]*\n", "", err, flags=re.M | re.S)


def main() -> int:
    """Try them all and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description="Try random command lines.")
    parser.add_argument("--n", type=int, default=2000, help="lines in this process")
    parser.add_argument("--processes", type=int, default=100, help="lines as processes of their own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="folder for fuzz.md")
    parser.add_argument("--verbose", action="store_true", help="print every line and what came of it")
    wanted = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # a line that asks for more is wrong, and not the end
    everyone = lines(wanted.seed)
    n_wrong, said = 0, list[str]()
    for name, run, n in (("in process", in_process, wanted.n), ("as processes", as_process, wanted.processes)):
        started, tried = time.monotonic(), []
        possible = (line for line in everyone if run is in_process or not any("\0" in text for text in line.arguments))
        for line in itertools.islice(possible, n):
            found = attempt(line, run)
            tried.append(found)
            slow = found.ended.seconds > SLOW_SECONDS
            if found.wrong or slow or wanted.verbose:
                _print(found)
        counts = Counter("wrong" if t.wrong else "refused" if t.ended.status == 2 else "ran" for t in tried)
        n_wrong += counts["wrong"]
        seconds = time.monotonic() - started
        said.append(
            f"{name}: tried {n}, ran {counts['ran']}, refused {counts['refused']}, wrong {counts['wrong']}; "
            f"seed {wanted.seed}, {seconds:.0f} s, slowest {max((t.ended.seconds for t in tried), default=0):.1f} s"
        )
        print(said[-1], flush=True)
    if wanted.output:
        wanted.output.mkdir(parents=True, exist_ok=True)
        call = f"    python -m scripts.fuzz --n {wanted.n} --processes {wanted.processes} --seed {wanted.seed}"
        text = "".join(f"- {line}\n" for line in said)
        (wanted.output / "fuzz.md").write_text(f"# Random command lines\n\n{call}\n\n{date.today()}\n\n{text}")
    return int(n_wrong > 0)


def _print(found: Tried) -> None:
    ended = found.ended
    text = " ".join(f"{text[:120]!r}" for text in found.line.own)
    print(
        f"{found.wrong or 'fine'} ({ended.status}, {ended.seconds:.1f} s): {text}\n    {ended.err.strip()[-700:]}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
