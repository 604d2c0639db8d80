"""Make the pictures of docs/pictures.md: train three runs, draw them, and copy what the page shows.

python -m scripts.pictures
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lagrun.config.paths import CONF

ROOT = CONF.parent
TARGET = ROOT / "docs" / "pictures"

#: What follows ``python -m lagrun``, and the files of that run's pictures that the page shows.
RUNS = {
    "+experiment=paper_2c task.q=100 task.p=100 engine=compiled seed=1": ("states.png", "gates.png"),
    "task.p=50 optimiser.learning_rate=0.02 budget=2000 seed=5": ("steps.png",),
    "task.p=50 seed=7 snapshots=40": ("learning.gif",),
}


def main() -> None:
    """Make all of them."""
    for arguments, files in RUNS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "run"
            call("lagrun", *arguments.split(), f"hydra.run.dir={folder}")
            call("lagrun.picture", str(folder))
            for file in files:
                shutil.copyfile(folder / "figures" / file, TARGET / file)


def call(module: str, *arguments: str) -> None:
    """Run a module of the checkout."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
