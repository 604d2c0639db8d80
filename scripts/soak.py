"""Kill a sweep at random moments, resume it until it is done, and compare with one that was never interrupted.

    python -m scripts.soak --kills 100 --output docs/reliability

Each round starts a sweep in a new folder and kills it again and again. SIGKILL hits a worker, the parent, or all
processes; SIGINT and SIGTERM hit the parent. After each kill every stored result must be whole, and no process may be
left. A command that was asked to end must print its table and end within `PATIENCE` seconds. In the end everything but
times must be the same bits as in the sweep that was left alone.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lagrun.config.paths import CONF
from lagrun.storage import files
from lagrun.storage.provenance import provenance

#: A sweep of two cells that takes some seconds on two cores; some of its runs are solved, others use their budget.
SWEEP = (
    "model=lstm,gru",
    "model.hidden_size=4",
    "task.p=20",
    "budget=400",
    "criterion.window=32",
    "evaluation.n_sequences=20",
    "execution.n_jobs=2",
    "execution.block_size=4",
    "execution.checkpoint_every=50",
    "-m",
    "seed=0-11",
)

#: Seconds that a command may take to end when it is asked to.
PATIENCE = 2.0

TARGETS = ("a worker", "the parent", "everything", "SIGINT", "SIGTERM")


@dataclass
class Tally:
    """What came of the kills."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds_to_end: list[float] = field(default_factory=list)
    n_rounds: int = 0


def command(folder: Path, *more: str) -> list[str]:
    """The sweep's command line, into a folder."""
    return [sys.executable, "-m", "lagrun", *SWEEP, f"hydra.sweep.dir={folder}", *more]


@contextmanager
def not_ignoring_sigint() -> Iterator[None]:
    """Let SIGINT arrive where it is ignored, as in the background of a script; children inherit that."""
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, its output in a file."""
    env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
    with not_ignoring_sigint(), log.open("wb") as file:
        return subprocess.Popen(arguments, env=env, stdout=file, stderr=file, start_new_session=True)


def workers(parent: int) -> list[int]:
    """Processes that train for a parent."""
    return [pid for pid in children(parent) if b"resource_tracker" not in command_line(pid)]


def children(parent: int) -> list[int]:
    """Direct children of a process."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    try:
        return [int(pid) for pid in path.read_text().split()]
    except OSError:
        return []


def command_line(pid: int) -> bytes:
    """How a process was started; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def session(leader: int) -> list[int]:
    """Processes of the session that a process leads, but for those that have ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, sid = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(sid) == leader and state != "Z":
            found.append(int(path.parent.name))
    return found


def wait_for(condition: Callable[[], Any], seconds: float) -> bool:
    """Wait until a condition holds; tell whether it did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def rows(folder: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """All that a run yields but its times, by cell and seed."""
    found = {}
    for path in folder.rglob(files.RESULT):
        if result := files.read_result(path.parent):
            names = ("outcome", "sequences_to_solve", "sequences_seen", "weights_sha256", "final_per_step_accuracy")
            key = (result["config"]["model"]["_target_"], result["seed"])
            found[key] = {name: result[name] for name in names} | result[files.FILES]
    return found


def kill(process: subprocess.Popen[bytes], target: str, rng: random.Random) -> None:
    """Kill what is to be killed."""
    if target == "a worker":
        if pids := workers(process.pid):
            os.kill(rng.choice(pids), signal.SIGKILL)
    elif target == "everything":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.send_signal({"the parent": signal.SIGKILL}.get(target) or signal.Signals[target])


def one_kill(folder: Path, target: str, delay: float, tally: Tally, rng: random.Random) -> bool:
    """Start or resume the sweep, kill after a delay, and look at what is left. Tell whether the sweep is done."""
    log = folder.with_suffix(".log")
    process = start(command(folder), log)
    ended = wait_for(lambda: process.poll() is not None, delay)
    if not ended:
        tally.tried[target] += 1
        began = time.monotonic()
        kill(process, target, rng)
        gone = wait_for(lambda: process.poll() is not None, 120)
        if target in ("SIGINT", "SIGTERM"):
            tally.seconds_to_end.append(time.monotonic() - began)
            _check_ending(process, target, tally, log)
        elif target == "a worker" and process.returncode != 0:
            tally.wrong.append(f"{target}: status {process.returncode}: {log.read_text()}")
        if not gone:
            tally.wrong.append(f"{target}: still running after two minutes")
    if not wait_for(lambda: not session(process.pid), PATIENCE):
        tally.wrong.append(f"{target}: left {[command_line(pid) for pid in session(process.pid)]}")
        os.killpg(process.pid, signal.SIGKILL)
    broken = [str(path) for path in folder.rglob(files.RESULT) if files.examine(path.parent)[1]]
    if broken:
        tally.wrong.append(f"{target}: damaged {broken}")
    return process.returncode == 0


def _check_ending(process: subprocess.Popen[bytes], target: str, tally: Tally, log: Path) -> None:
    """Check how a command ended that was asked to."""
    text, seconds, number = log.read_text(), tally.seconds_to_end[-1], signal.Signals[target]
    if process.returncode == -number:  # Python itself was still starting, and lagrun had not been asked
        return
    if process.returncode not in (128 + number, 0) or "Traceback" in text:  # 0: it was at its end anyway
        tally.wrong.append(f"{target}: status {process.returncode}: {text}")
    if seconds > PATIENCE:
        tally.wrong.append(f"{target}: took {seconds:.1f} s to end")


def soak(n_kills: int, seed: int = 0, say: Callable[[str], None] = print) -> Tally:
    """Kill sweeps until so many kills were tried.

    Parameters
    ----------
    n_kills : int
        Kills that hit a running command.
    seed : int
        Of the random moments and targets.
    say : callable
        Called with a line a round.
    """
    rng, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        root = Path(name)
        whole, began = root / "whole", time.monotonic()
        process = start(command(whole), root / "whole.log")
        if process.wait() != 0:
            raise RuntimeError((root / "whole.log").read_text())
        seconds, expected = time.monotonic() - began, rows(whole)
        while tally.tried.total() < n_kills:
            tally.n_rounds += 1
            folder = root / f"round {tally.n_rounds}"
            done = False
            while not done and tally.tried.total() < n_kills:
                done = one_kill(folder, rng.choice(TARGETS), rng.uniform(0.1, seconds), tally, rng)
            if start(command(folder), folder.with_suffix(".log")).wait() != 0:
                tally.wrong.append(folder.with_suffix(".log").read_text())
            if rows(folder) != expected:
                tally.wrong.append(f"round {tally.n_rounds}: other results than without kills")
            shutil.rmtree(folder)
            say(f"round {tally.n_rounds}: {tally.tried.total()} kills so far, {len(tally.wrong)} wrong")
    return tally


def report(tally: Tally, seconds: float) -> str:
    """Write a tally as Markdown."""
    made_with = provenance()
    lines = [
        f"{date.today()}, {made_with['n_cpus']} cores, {made_with['cpu']}, {seconds:.0f} s: {tally.n_rounds} sweeps of"
        f" 24 runs, {tally.tried.total()} kills.\n",
        "| killed | times |",
        "| --- | --- |",
        *(f"| {target} | {tally.tried[target]} |" for target in TARGETS),
        "",
        f"Wrong: {len(tally.wrong)}. After SIGINT and SIGTERM the command ended within"
        f" {max(tally.seconds_to_end, default=0):.2f} s at most"
        f" (median {sorted(tally.seconds_to_end)[len(tally.seconds_to_end) // 2]:.2f} s)."
        if tally.seconds_to_end
        else f"Wrong: {len(tally.wrong)}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Kill, compare, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="folder for soak.md")
    options = parser.parse_args()
    began = time.monotonic()
    tally = soak(options.kills, options.seed)
    text = report(tally, time.monotonic() - began)
    print(text, *tally.wrong, sep="\n")
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        call = f"    python -m scripts.soak --kills {options.kills} --seed {options.seed}\n\n"
        (options.output / "soak.md").write_text(f"# Random kills\n\n{call}{text}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
