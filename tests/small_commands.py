"""Words of commands that train for next to no time, and the folder that they leave."""

from pathlib import Path

#: Beside a model and a mode.
SMALL = ("task.p=6", "budget=12", "evaluation.n_sequences=4", "execution.n_jobs=1")
#: The same for still less time.
QUICK = ("task.p=6", "budget=4", "evaluation.n_sequences=4", "execution.n_jobs=1")


def only_folder(root: Path) -> Path:
    """Path of the only output in ``outputs``."""
    (folder,) = (path for path in (root / "outputs").iterdir())
    return folder
