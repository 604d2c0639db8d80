"""What reading a sweep costs: files that a report opens, modules that are loaded, and CPU time beside another checkout.

    python -m scripts.bench.reading outputs/<sweep> [outputs/<another>] [--against ../old --rounds 5]

Each command is run alternately by this checkout and the other one, with this interpreter; CPU times are medians over
rounds, with minimum and maximum, and so are their ratios. Tables are written into the folders, as `lagrun.aggregate`
does. Needs the extra ``report``.
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
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import numpy as np

from lagrun.config.paths import CONF
from lagrun.storage import files

HERE = CONF.parent

#: Prints how many files of a folder are opened while its report is written, and how often the one that is most often.
OPENED = """
import json, os, sys
from collections import Counter
from pathlib import Path
from lagrun.report.write import write_report

folder, counts = Path(sys.argv[1]).absolute(), Counter()
there = {str(path) for path in folder.rglob("*") if path.is_file()}

def listen(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        counts[os.path.abspath(os.fsdecode(arguments[0]))] += 1

sys.addaudithook(listen)
write_report(folder, Path(sys.argv[2]))
opened = [n for path, n in counts.items() if path in there]
print(json.dumps([len(opened), sum(opened), max(opened)]))
"""

#: Prints the modules that are loaded when a folder has been read.
LOADED = """
import json, sys
from pathlib import Path
from lagrun.analysis.frame import frame
frame(Path(sys.argv[1]))
print(json.dumps(sorted(sys.modules)))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    load = f"load average {os.getloadavg()[1]:.1f}"
    print(f"{time.strftime('%F')}, {platform.machine()}, {os.cpu_count()} cores, numpy {np.__version__}, {load}")
    loaded = json.loads(run(HERE, "-c", LOADED, str(arguments.folders[0])))
    print(f"loaded by frame(folder): {sum(name.split('.')[0] == 'lagrun' for name in loaded)} modules of lagrun")
    print("".join(f"  and {name}\n" for name in ("hydra", "omegaconf", "lagrun.training") if name in loaded), end="")
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "report.html"
        for folder in arguments.folders:
            n_runs = sum(1 for _ in folder.rglob(files.RESULT))
            n_files, n_opened, most = json.loads(run(HERE, "-c", OPENED, str(folder), str(page)))
            print(f"{n_runs:,} runs: a report opens {n_files:,} files {n_opened:,} times, each at most {most} times")
            for words in (["lagrun.aggregate", str(folder)], ["lagrun.report", str(folder), "--output", str(page)]):
                checkouts = [HERE, *([arguments.against] if arguments.against else [])]
                print_times(words[0], [[seconds(each, words) for each in checkouts] for _ in range(arguments.rounds)])


def run(checkout: Path, *words: str) -> str:
    """Run Python with the lagrun of a checkout, and return what it prints."""
    env = {**os.environ, "PYTHONPATH": str(checkout.absolute())}
    return subprocess.run([sys.executable, "-P", *words], check=True, env=env, text=True, capture_output=True).stdout


def seconds(checkout: Path, words: Sequence[str]) -> float:
    """CPU seconds of a command; pictures of chosen runs are left out, which a checkout without the option has not."""
    is_report = words[0] == "lagrun.report" and "--no-pictures" in run(checkout, "-m", words[0], "--help")
    before = spent()
    run(checkout, "-m", *words, *(["--no-pictures"] if is_report else []))
    return spent() - before


def spent() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def print_times(name: str, rounds: Sequence[Sequence[float]]) -> None:
    """Print the CPU time here, and of the other checkout, if there is one, how many times that is."""
    here = spread([each[0] for each in rounds])
    there = [each[1] for each in rounds if len(each) > 1]
    ratios = [each[1] / each[0] for each in rounds if len(each) > 1]
    beside = f"; there {spread(there)} s, {spread(ratios)} times as much" if there else ""
    print(f"{name}: {here} s of CPU time{beside}", flush=True)


def spread(values: Sequence[float]) -> str:
    """Median, minimum and maximum."""
    return f"{median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"


if __name__ == "__main__":
    main()
