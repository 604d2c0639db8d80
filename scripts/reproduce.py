"""Run the paper's tables and write what the repository keeps of them.

    python -m scripts.reproduce                 # everything, into docs/; hours
    python -m scripts.reproduce table3 rerun    # some sweeps, and what is made of them
    python -m scripts.reproduce table2 --names CH LSTM      # some of a sweep's rows; what docs/ has of the others stays
    python -m scripts.reproduce --quick         # fewer trials of most rows, see scripts/quick.py; minutes

Needs numba (``pip install 'lagrun[fast]'``). Runs go to outputs/reproduce/SWEEP, with --names to
outputs/reproduce-NAMES/SWEEP. After an interruption the same command goes on, and nothing is run twice. Then come the
ranking of readings, the measures of nets that failed, and the tables of README.md and docs/reproduction.md. A quick
version stays in outputs/reproduce-quick, with its tables in tables.md.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from lagrun.config.paths import CONF
from lagrun.storage import files
from scripts import failures, readings, reproduction
from scripts.artefacts import RESULTS, RUNS, collect
from scripts.quick import QUICK, left_out, write

ROOT = CONF.parent
OUTPUTS = ROOT / "outputs"

#: When a sweep was run, and for how many seconds, beside its runs.
SESSIONS = "sessions.csv"

#: What a quick sweep has said.
OUTPUT = "output.txt"

#: Exit status of lagrun where it has trained nothing.
REFUSED = 2

#: Sweeps, those that take minutes before those that take hours.
SWEEPS = (
    *("task2b", "rerun", "rerun_p50", "optimisers", "chunkers", "departures", "table3", "readings", "finalists"),
    "table2",
)

#: Quick sweeps side by side, each in one process: what they do is not much training. Three keep two cores busy, as one
#: process at a time compiles.
SIDE_BY_SIDE = 3


class Started(NamedTuple):
    """A sweep that is being run."""

    sweep: str
    folder: Path
    since: float
    child: subprocess.Popen[bytes]


def arguments(sweep: str, quick: bool, names: Sequence[str] = ()) -> list[str]:
    """What follows ``python -m lagrun``."""
    quoted = (f'"{name}"' for name in names)  # for names with commas
    some = [f"hydra.sweeper.names=[{','.join(quoted)}]"] if names else []
    which = ["-m", "-cd", str(_folder(quick) / "sweeps"), "-cn", f"quick_{sweep}"] if quick else ["-cn", sweep]
    return [*which, "engine=compiled", *some]


def _folder(quick: bool, names: Sequence[str] = ()) -> Path:
    """Where the runs go."""
    return OUTPUTS / ("reproduce-quick" if quick else "-".join(["reproduce", *names]))


def run(sweeps: Sequence[str], folder: Path, quick: bool, names: Sequence[str] = ()) -> Generator[str]:
    """Run sweeps, or what is missing of them, and yield the name of each that has ended, while others go on.

    What failed before is tried again. If a sweep ends with a status other than 0, this process ends with it, once the
    sweeps beside it have ended. If this process is asked to end, the sweeps store what they have.
    """
    waiting, running, failed = list(sweeps), list[Started](), 0

    def stop(number: int, _: object) -> None:
        if not running:
            sys.exit(128 + number)
        for started in running:
            started.child.terminate()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        while running or (waiting and not failed):
            while waiting and not failed and len(running) < (SIDE_BY_SIDE if quick else 1):
                running.append(_start(waiting.pop(0), folder, quick, names))
            ended = _wait_for_one(running)
            running.remove(ended)
            if status := _end(ended, quick):
                failed = status
            else:
                yield ended.sweep
    finally:
        for started in running:
            started.child.wait()
        signal.signal(signal.SIGTERM, before)
    if failed:
        sys.exit(failed)


def _start(sweep: str, folder: Path, quick: bool, names: Sequence[str]) -> Started:
    """Start a sweep; what several say at once goes to files."""
    target = folder / sweep
    target.mkdir(parents=True, exist_ok=True)
    if quick:
        write(sweep, folder / "sweeps")
    wanted = [*arguments(sweep, quick, names), "execution.checkpoint_seconds=60", "execution.retry_failed=true"]
    wanted += ["execution.n_jobs=1"] if quick else []
    command = [sys.executable, "-m", "lagrun", *wanted, f"hydra.sweep.dir={target}"]
    with (target / OUTPUT).open("wb") if quick else nullcontext() as output:
        child = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    return Started(sweep, target, time.time(), child)


def _wait_for_one(running: Sequence[Started]) -> Started:
    """Wait until a sweep ends. A Ctrl-C meanwhile has reached the sweeps, too, so it is passed over here."""
    while True:
        with suppress(KeyboardInterrupt):
            for started in running:
                if started.child.poll() is not None:
                    return started
            time.sleep(0.1)


def _end(ended: Started, quick: bool) -> int:
    """Note how long a sweep took, show what it has said and return its exit status."""
    sweep, folder, since, child = ended
    with (folder / SESSIONS).open("a", newline="") as file:
        csv.writer(file).writerow([time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(since)), time.time() - since])
    if quick:
        print((folder / OUTPUT).read_text(errors="replace"), end="", flush=True)
    if child.returncode == REFUSED:
        print(
            f"{sweep}: refused, see above; if its sweep file or budget has changed, move {folder} away", file=sys.stderr
        )
    elif child.returncode:
        print(f"{sweep}: ended with status {child.returncode}; give the same command again to go on", file=sys.stderr)
    return child.returncode


def wall_seconds(folder: Path) -> float:
    """Seconds of all sessions of a sweep."""
    with (folder / SESSIONS).open(newline="") as file:
        return sum(float(row[1]) for row in csv.reader(file))


def main() -> None:
    """Run the sweeps that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweeps", nargs="*", choices=[[], *SWEEPS], metavar="SWEEP", help=f"of {', '.join(SWEEPS)}")
    parser.add_argument("--quick", action="store_true", help="few trials, most rows; docs/ is left alone")
    parser.add_argument(
        "--names", nargs="+", default=[], metavar="NAME", help="only the rows of these names, of one sweep"
    )
    given = parser.parse_args()
    if given.names and (given.quick or len(given.sweeps) != 1):
        parser.error("--names goes with one sweep, and not with --quick")
    folder = _folder(given.quick, given.names)
    results = folder / "results" if given.quick else RESULTS
    sweeps = given.sweeps or list(QUICK if given.quick else SWEEPS)
    with closing(run(sweeps, folder, given.quick, given.names)) as ended:
        for sweep in ended:
            command = shlex.join(["python", "-m", "lagrun", *arguments(sweep, given.quick, given.names)])
            seconds = wall_seconds(folder / sweep)
            collect(folder / sweep, results / sweep, command, seconds, is_part=bool(given.names))
            print(results / sweep, flush=True)
    for sweep in ("readings", "finalists"):
        if (results / sweep / RUNS).exists():
            readings.write(results / sweep)
    if all((folder / sweep / files.SWEEP).exists() for sweep in failures.SWEEPS):
        failures.write(folder, results)
    if given.quick:
        without = [f"- {sweep}: {rows}" for sweep in sweeps for rows in left_out(sweep)]
        said = "\n".join(["Left out of the quick version:", "", *without, ""]) if without else ""
        (folder / "tables.md").write_text(f"{reproduction.all_tables(results)}\n{said}")
        print(f"{said}{folder / 'tables.md'}")
    else:
        reproduction.fill()


if __name__ == "__main__":
    main()
