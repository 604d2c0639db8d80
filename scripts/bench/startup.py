"""What a command costs beside the training: imports, composition, worker processes, folders, table.

    python -m scripts.bench.startup [--rounds 3]

It is the CPU time of all processes of a command, less the training time in its results (`cpu_seconds`, counted from a
block's first sequence). Medians over rounds, with minimum and maximum. Linux only: helper processes that outlive their
parents are counted, too.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import numpy as np

from lagrun.config.paths import CONF
from lagrun.storage import files

#: Runs that are over at once, so that little but the rest is left: name and what follows ``python -m lagrun``.
COMMANDS = {
    "one run": "budget=1",
    "30 runs": "model=lstm task.p=100 budget=1 -m seed=0-29",
    "1,000 runs in 10 cells": "budget=1 evaluation.n_sequences=1 "
    f"optimiser.learning_rate={','.join(f'{k / 1000}' for k in range(1, 11))} -m seed=0-99",
}

PR_SET_CHILD_SUBREAPER = 36


def measure(arguments: str) -> tuple[float, float, int]:
    """Run a command; return the CPU time of all its processes, that of its training, and the number of its runs."""
    before = cpu_of_children()
    with tempfile.TemporaryDirectory(prefix="lagrun-") as folder:
        env = {**os.environ, "PYTHONPATH": str(CONF.parent)}
        words = [sys.executable, "-m", "lagrun", *arguments.split()]
        subprocess.run(words, cwd=folder, check=True, env=env, stdout=subprocess.DEVNULL)
        with suppress(ChildProcessError):
            while True:
                os.wait()  # orphans, such as joblib's resource tracker
        seconds = [json.loads(path.read_text())["cpu_seconds"] for path in Path(folder).rglob(files.RESULT)]
    return cpu_of_children() - before, sum(seconds), len(seconds)


def cpu_of_children() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        parser.error("cannot become the parent of orphans")
    rounds = [[measure(arguments) for arguments in COMMANDS.values()] for _ in range(options.rounds)]
    load = f"load average {os.getloadavg()[1]:.1f}"
    print(f"{time.strftime('%F')}, {platform.machine()}, {os.cpu_count()} cores, numpy {np.__version__}, {load}")
    print("| command | CPU s | of training | beside it [min-max] | ms a run |\n| --- | --- | --- | --- | --- |")
    for i, name in enumerate(COMMANDS):
        measured = [found[i] for found in rounds]
        beside = [cpu - training for cpu, training, _ in measured]
        cpu, training = median(row[0] for row in measured), median(row[1] for row in measured)
        spread = f"{median(beside):.2f} [{min(beside):.2f}-{max(beside):.2f}]"
        each = 1000 * median(beside) / measured[0][2]
        print(f"| {name} | {cpu:.2f} | {training:.2f} | {spread} | {each:.1f} |")


if __name__ == "__main__":
    main()
