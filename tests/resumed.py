"""A small sweep that can be resumed, and what is found in its folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lagrun.storage import files
from tests.conftest import Outcome
from tests.helpers import sized

#: Nets of which some are solved within 40 sequences, and more within 120.
TINY = (
    *sized("elman", 1),
    "model=elman",
    "task.p=4",
    "optimiser.learning_rate=0.05",
    "criterion.window=8",
    "evaluation.n_sequences=4",
    "evaluation.curve_n_sequences=2",
    "execution.n_jobs=1",
)

Sweep = Callable[..., Outcome]


def rows(folder: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What was found of each run, by what tells it from others; without times, which are never the same."""
    found = {}
    for path in folder.rglob(files.RESULT):
        if ".damaged" in str(path):
            continue
        result = files.read_result(path.parent)
        assert result is not None, path
        names = ("outcome", "sequences_to_solve", "sequences_seen", "weights_sha256", "final_last_step_accuracy")
        values = {name: result[name] for name in names}
        key = (result["seed"], result["config"]["task"]["p"])
        assert key not in found
        found[key] = {**values, **result["files"]}
    return found


def content(folder: Path) -> dict[str, bytes]:
    """All files of finished runs, byte for byte."""
    folders = [path.parent for path in folder.rglob(files.RESULT)]
    return {str(path): path.read_bytes() for run in folders for path in run.rglob("*") if path.is_file()}


def run_of(seed: int, folder: str = "sweep") -> Path:
    (found,) = Path(folder).rglob(f"seed={seed}")
    return found


def results(folder: str = "sweep") -> list[Path]:
    return sorted(Path(folder).rglob(files.RESULT))
