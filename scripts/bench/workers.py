"""How much sooner a sweep ends with two workers than with one.

    python -m scripts.bench.workers [--rounds 1] [--workers 1 2] [ARGUMENTS OF LAGRUN]

The default sweep is `DEFAULT`, about four minutes of one core. Two speed-ups are printed. That of wall time counts only
on a machine that does nothing else. That of CPU time is worked out: the blocks are handed to the workers in the same
order, each takes its CPU time, and each worker has its own core. Start-up is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from heapq import heapreplace
from pathlib import Path
from statistics import median

import numpy as np

from lagrun.config.paths import CONF
from lagrun.storage import files

DEFAULT = ["-cn", "modern"]

#: Runs of a cell that one worker began within so many seconds of each other are a block.
TOGETHER = 1.0


def measure(arguments: list[str], n_workers: int) -> tuple[float, float, float]:
    """Run a sweep; return its wall time, its CPU time of training, and the time that this takes on free cores."""
    with tempfile.TemporaryDirectory(prefix="lagrun-") as folder:
        words = [*arguments, f"execution.n_jobs={n_workers}", f"hydra.sweep.dir={folder}/sweep"]
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "lagrun", *words],
            check=True,
            env={**os.environ, "PYTHONPATH": str(CONF.parent)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wall = time.monotonic() - start
        blocks = seconds_of_blocks(Path(folder))
    busy_until = [0.0] * n_workers
    for seconds in blocks:
        heapreplace(busy_until, busy_until[0] + seconds)
    return wall, sum(blocks), max(busy_until)


def seconds_of_blocks(folder: Path) -> list[float]:
    """CPU time of every block, in the order in which they were begun."""
    runs = []
    for path in folder.rglob(files.RESULT):
        begun = json.loads(path.with_name(files.STARTED).read_text())
        runs.append((path.parent.parent, begun["pid"], begun["started"], json.loads(path.read_text())["cpu_seconds"]))
    blocks: list[tuple[float, float]] = []
    before: tuple[Path, int, float] | None = None
    for cell, pid, started, seconds in sorted(runs):
        if before is None or (cell, pid) != before[:2] or started > before[2] + TOGETHER:
            blocks.append((started, 0.0))
        blocks[-1] = (blocks[-1][0], blocks[-1][1] + seconds)
        before = (cell, pid, started)
    return [seconds for _, seconds in sorted(blocks)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options, arguments = parser.parse_known_args()
    arguments = arguments or DEFAULT
    rounds = [[measure(arguments, n) for n in options.workers] for _ in range(options.rounds)]
    load = f"load average {os.getloadavg()[1]:.1f} over 5 minutes, of which {max(options.workers)} are this"
    print(f"python -m lagrun {' '.join(arguments)}: {time.strftime('%F')}, {options.rounds} rounds, medians")
    print(f"{platform.machine()}, {os.cpu_count()} cores, numpy {np.__version__}, {load}")
    print("| workers | wall s | CPU s of training | s on free cores | speed-up, wall | speed-up, CPU |")
    print("| --- | --- | --- | --- | --- | --- |")
    for i, n in enumerate(options.workers):
        wall, cpu, free = (median(measured[i][k] for measured in rounds) for k in range(3))
        by_wall = median(measured[0][0] / measured[i][0] for measured in rounds)
        by_cpu = median(measured[0][2] / measured[i][2] for measured in rounds)
        print(f"| {n} | {wall:.1f} | {cpu:.1f} | {free:.1f} | {by_wall:.2f} | {by_cpu:.2f} |")


if __name__ == "__main__":
    main()
