"""A finished run, read back from its folder: its result, and its net."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from omegaconf import OmegaConf

from lagrun.analysis.stored_net import StoredNet
from lagrun.checks import ConfigError, one_line
from lagrun.config.trust import KEY, check_target
from lagrun.config.variants import GROUPS
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files
from lagrun.storage.stored_sweep import StoredSweep
from lagrun.text import last_line
from lagrun.training.admission import build
from lagrun.training.snapshots import ROLLING, SEQUENCE, WEIGHTS
from lagrun.training.streams import generator

#: Engine for looking into a net, whichever engine trained it: it needs no compiler.
ENGINE = {"_target_": "lagrun.engines.numpy.Numpy"}


@dataclass(frozen=True)
class StoredSnapshots:
    """Weights while a run trained, see `lagrun.training.snapshots`.

    Attributes
    ----------
    sequence : np.ndarray of int, shape (n,)
        Training sequences before each.
    rolling : np.ndarray, shape (n,)
        Rolling accuracy at each; NaN at 0.
    params : Params
        A row each.
    """

    sequence: np.ndarray
    rolling: np.ndarray
    params: Params


@dataclass(frozen=True)
class StoredRun:
    """A finished run.

    Attributes
    ----------
    folder : Path
    result : dict
        See `lagrun.storage.run_folder`.
    experiment : Experiment
        Its configuration, as objects; with the engine `ENGINE`.
    params : Params
        Final weights, one row.
    curve : pandas.DataFrame
        See `lagrun.storage.learning_curve.read_curve`.
    snapshots : StoredSnapshots or None
        None where it has stored none.
    """

    folder: Path
    result: dict[str, Any]
    experiment: Experiment
    params: Params
    curve: pd.DataFrame
    snapshots: StoredSnapshots | None

    @property
    def seed(self) -> int:
        """Its seed."""
        return int(self.result["seed"])

    @property
    def net(self) -> StoredNet:
        """Its net with the final weights, ready to run."""
        return StoredNet(self.experiment, self.params, self.seed)

    @property
    def is_finite(self) -> bool:
        """Whether all final weights are numbers: a net that diverged may have others."""
        return bool(np.isfinite(self.params.flat).all())


def read_run(folder: str | Path, trusted: Sequence[str] = ()) -> StoredRun:
    """Read a finished run.

    Parameters
    ----------
    folder : str or Path
        The run's.
    trusted : sequence of str
        Packages beside lagrun whose classes its configuration may name: a stored configuration is not trusted itself.

    Raises
    ------
    ConfigError
        In one line, if there is no such run, if it is unfinished, failed or damaged, or if its classes are not trusted
        or have changed.

    Examples
    --------
    >>> import lagrun
    >>> run = lagrun.read_run("outputs/run")
    >>> run.seed, run.result["outcome"], run.experiment.task.p
    (0, 'budget', 4)
    >>> run.params["W_hidden_output"].shape
    (1, 4, 5)
    >>> run.curve["sequence"].iloc[-1]
    np.int64(20)
    """
    return run_of(StoredSweep(Path(folder)), "", trusted)


def run_of(stored: StoredSweep, name: str, trusted: Sequence[str] = (), with_snapshots: bool = True) -> StoredRun:
    """Read a finished run of a folder, as `read_run` does.

    Parameters
    ----------
    stored : StoredSweep
        The folder, perhaps read before for another purpose.
    name : str
        The run's folder in it.
    trusted : sequence of str
        As for `read_run`.
    with_snapshots : bool
        Whether snapshots are wanted.
    """
    folder = stored.folder / name
    result, wrong = stored.examine(name)
    if wrong:
        raise ConfigError(f"{folder}: {wrong}")
    if result is None:
        raise ConfigError(f"{folder}: {_why_none(folder)}")
    if result["outcome"] == FAILED:
        reason = one_line(last_line(result["failure"] or "no reason is stored"))
        raise ConfigError(f"{folder}: the run failed, so there is nothing to draw: {reason}")
    cell = _cell(folder, result, trusted)
    try:
        drawn = cell.model.init([generator(0, "init")], cell.task.n_inputs, cell.task.n_outputs, cell.dtype)
        params = _params(drawn, _arrays(stored.file(name, files.PARAMS), ""), None)
        has_snapshots = with_snapshots and files.SNAPSHOTS in result[files.FILES]
        snapshots = _snapshots(drawn, stored.file(name, files.SNAPSHOTS)) if has_snapshots else None
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(f"{folder}: {error}") from None
    return StoredRun(folder, result, cell, params, stored.curve(name), snapshots)


def _why_none(folder: Path) -> str:
    if not folder.is_dir():
        return "no such folder"
    if (folder / files.STARTED).exists():
        return "the run is not finished; go on with it by resume=, see docs/reliability.md"
    return "holds neither a run nor a sweep"


def _cell(folder: Path, result: Mapping[str, Any], trusted: Sequence[str]) -> Experiment:
    """Make the objects of a stored configuration, whose own list of trusted packages is ignored."""
    config = json.loads(json.dumps(result["config"]))
    config |= {"seed": result["seed"], KEY: list(trusted), "engine": ENGINE}
    for group in GROUPS:
        if not config.get(group):
            raise ConfigError(f"{folder}: its stored configuration has no {group}")
        target = config[group].get("_target_")
        try:
            check_target(f"{group}._target_", target, trusted)
        except ConfigError:
            package = str(target).partition(".")[0]
            words = f"is not lagrun's, and would be run; if you trust it, add --trust {package}"
            raise ConfigError(f"{folder}: {group}._target_={target}: {words}") from None
    try:
        return build(OmegaConf.create(config))
    except ConfigError as error:
        raise ConfigError(f"{folder}: its stored configuration cannot be used: {error}") from None


def _arrays(content: bytes, prefix: str) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name.removeprefix(prefix): file[name] for name in file.files}


def _params(drawn: Params, arrays: Mapping[str, np.ndarray], n: int | None) -> Params:
    """Put stored weights into one flat array of `n` rows, or of one row if they have no such axis."""
    rows = {name: array[None] if n is None else array for name, array in arrays.items()}
    wanted = {name: (n or 1, *shape) for name, shape in drawn.shapes.items()}
    if {name: array.shape for name, array in rows.items()} != wanted:
        raise ValueError("its stored weights are not those of its model: the class has changed since")
    params = Params.zeros(drawn.shapes, n or 1, drawn.flat.dtype)
    for name, array in rows.items():
        params[name][:] = array
    return params


def _snapshots(drawn: Params, content: bytes) -> StoredSnapshots:
    arrays = _arrays(content, f"{WEIGHTS}.")
    sequence, rolling = arrays.pop(SEQUENCE), arrays.pop(ROLLING)
    return StoredSnapshots(sequence, rolling, _params(drawn, arrays, len(sequence)))
