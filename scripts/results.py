"""Measure what docs/results.md reports: run each command below, write its table, times and machine to docs/results/.

    python -m scripts.results                # list the names and their commands
    python -m scripts.results modern_2a ...  # run these

Runs go to outputs/results/NAME, which must not exist yet.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import pandas as pd

from lagrun.config.paths import CONF
from lagrun.storage.provenance import provenance
from scripts.artefacts import RESULTS

ROOT = CONF.parent

#: Name to what follows ``python -m lagrun``.
COMMANDS = {
    "modern_2a": "+experiment=modern_2a -m seed=0-29",
    "modern_2a_fresh": "+experiment=modern_2a -m seed=30-89",
    "modern": "-cn modern",
    "rerun_p50_random": "+experiment=rerun_p50_random -m seed=0-29",
    "rerun_p50_alternating": "+experiment=rerun_p50_alternating -m seed=0-29",
    "gru_bias": "model=gru model.update_gate_bias=5,7,9 budget=3000 -m seed=0-9,100-109",
    "paper_2a_rate1": "+experiment=paper_2a_rate1 -m seed=0-17",
}


def measure(name: str) -> None:
    """Run one command, and write its table."""
    folder = ROOT / "outputs" / "results" / name
    arguments = [*COMMANDS[name].split(), f"hydra.sweep.dir={folder}"]
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "lagrun", *arguments], check=True, cwd=ROOT)
    wall, cpu = time.monotonic() - start, pd.read_csv(folder / "summary.csv")["cpu_seconds"].sum()
    machine = "{n_cpus} cores, {cpu}".format(**provenance())
    text = f"""# {name}

    python -m lagrun {COMMANDS[name]}

{(folder / "summary.md").read_text()}
{time.strftime("%Y-%m-%d")}, {machine}: {wall:,.0f} s wall, {cpu:,.0f} s CPU of training.
Written by `python -m scripts.results {name}`.
"""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)


def main() -> None:
    """Run what the command line names, or list what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *COMMANDS], metavar="NAME")
    names = parser.parse_args().names
    for name in names:
        measure(name)
    if not names:
        for name, command in COMMANDS.items():
            print(f"{name:21} python -m lagrun {command}")


if __name__ == "__main__":
    main()
