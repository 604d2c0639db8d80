"""Run the paper's tables and write what the repository keeps of them.

    python -m scripts.reproduce                 # everything, into docs/; hours
    python -m scripts.reproduce table3 rerun    # some sweeps, and what is made of them
    python -m scripts.reproduce --quick         # the same rows with fewer trials and smaller budgets; minutes

Needs numba (``pip install 'lagrun[fast]'``). Runs go to outputs/reproduce/SWEEP; an interrupted sweep goes on where it
was when the command is given again, and nothing is run twice. Then come the ranking of readings, the measures of nets
that failed and the tables of README.md and docs/reproduction.md; of a quick version all of it stays in
outputs/reproduce-quick, the tables in tables.md.
"""

from __future__ import annotations

import argparse
import csv
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from lagrun import store
from lagrun.paths import CONF
from scripts import failures, readings, reproduction
from scripts.artefacts import RESULTS, RUNS, collect

ROOT = CONF.parent
OUTPUTS = ROOT / "outputs"

#: When a sweep was run, and for how many seconds, beside its runs.
SESSIONS = "sessions.csv"

#: Exit status of lagrun where it has trained nothing.
REFUSED = 2

#: Sweeps, those that take minutes before those that take hours.
SWEEPS = ("task2b", "rerun", "optimisers", "chunkers", "departures", "table3", "readings", "finalists", "table2")

#: What makes a quick version of each: few trials, small budgets.
QUICK = {
    "task2b": "seed=0-1 budget=4000",
    "rerun": "seed=0-1 budget=1000",
    "optimisers": "seed=0 budget=500",
    "chunkers": "seed=0-1 budget=5000",
    "departures": "seed=0 budget=6000",
    "table3": "seed=0-1 budget=35000",
    "readings": "seed=0 budget=1000",
    "finalists": "seed=100-101 budget=6000",
    "table2": "seed=0-1 budget=6000",
}


def arguments(sweep: str, quick: bool) -> list[str]:
    """What follows ``python -m lagrun``."""
    return ["-cn", sweep, "engine=compiled", *(QUICK[sweep].split() if quick else [])]


def run(sweep: str, folder: Path, quick: bool) -> None:
    """Run a sweep, or what is missing of it, and note how long that took; what failed before is tried again."""
    wanted = [*arguments(sweep, quick), "execution.checkpoint_seconds=60", "execution.retry_failed=true"]
    folder.mkdir(parents=True, exist_ok=True)
    start = time.time()
    status = _wait([sys.executable, "-m", "lagrun", *wanted, f"hydra.sweep.dir={folder}"])
    with (folder / SESSIONS).open("a", newline="") as file:
        csv.writer(file).writerow([time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(start)), time.time() - start])
    if status == REFUSED:
        print(
            f"{sweep}: refused, see above; if its sweep file or budget has changed, move {folder} away", file=sys.stderr
        )
    elif status:
        print(f"{sweep}: ended with status {status}; give the same command again to go on", file=sys.stderr)
    if status:
        sys.exit(status)


def _wait(command: list[str]) -> int:
    """Run a command to its end, however this one is asked to end: lagrun stores what it has."""
    with subprocess.Popen(command, cwd=ROOT) as child:
        before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            while True:
                with suppress(KeyboardInterrupt):  # which the child has got, too
                    return child.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


def wall_seconds(folder: Path) -> float:
    """Seconds of all sessions of a sweep."""
    with (folder / SESSIONS).open(newline="") as file:
        return sum(float(row[1]) for row in csv.reader(file))


def main() -> None:
    """Run the sweeps that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweeps", nargs="*", choices=[[], *SWEEPS], metavar="SWEEP", help=f"of {', '.join(SWEEPS)}")
    parser.add_argument("--quick", action="store_true", help="fewer trials, smaller budgets; docs/ is left alone")
    given = parser.parse_args()
    folder = OUTPUTS / ("reproduce-quick" if given.quick else "reproduce")
    results = folder / "results" if given.quick else RESULTS
    for sweep in given.sweeps or SWEEPS:
        run(sweep, folder / sweep, given.quick)
        command = " ".join(["python -m lagrun", *arguments(sweep, given.quick)])
        collect(folder / sweep, results / sweep, command, wall_seconds(folder / sweep))
        print(results / sweep)
    for sweep in ("readings", "finalists"):
        if (results / sweep / RUNS).exists():
            readings.write(results / sweep)
    if all((folder / sweep / store.SWEEP).exists() for sweep in failures.SWEEPS):
        failures.write(folder, results)
    if given.quick:
        (folder / "tables.md").write_text(reproduction.all_tables(results))
        print(folder / "tables.md")
    else:
        reproduction.fill()


if __name__ == "__main__":
    main()
