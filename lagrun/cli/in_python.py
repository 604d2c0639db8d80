"""Compose and sweep from Python: what the command line does, with results returned and errors raised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hydra
import pandas as pd
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.version import setbase

from lagrun.analysis.frame import frame
from lagrun.analysis.reading import Folder
from lagrun.checks import ConfigError, show
from lagrun.cli.aloud import ALOUD
from lagrun.cli.arguments import FOLDER_KEYS, RESUME, arrange, typed_overrides
from lagrun.cli.command import hydra_ready, run
from lagrun.cli.hydra_internals import create_config_search_path, hydra_application
from lagrun.config.overrides import override_key, quoted
from lagrun.config.paths import CONF
from lagrun.config.trust import KEY
from lagrun.interfaces.experiment import Experiment
from lagrun.interrupts import interruptible
from lagrun.planning.plan import declared_by
from lagrun.planning.session import RunsFailedError
from lagrun.storage.lock import FolderLockedError
from lagrun.storage.stored_weights import with_initial
from lagrun.training.admission import build_typed


def compose(*overrides: str, config_dir: Folder | None = None, trusted_modules: Sequence[str] = ()) -> Experiment:
    """Make the experiment that overrides describe, as the command line has them.

    It may be called while other code has Hydra initialised, and leaves Hydra and the process as they were.

    Parameters
    ----------
    *overrides : str
        Such as ``task.p=100``, ``model=gru`` or ``+experiment=paper_2a``. Neither seeds nor lists of values.
    config_dir : str or Path, optional
        A folder with configurations of one's own, as ``-cd`` names it.
    trusted_modules : sequence of str
        Packages whose classes the configuration may name beside lagrun's.

    Returns
    -------
    Experiment
        The checked objects; `lagrun.train` trains them.

    Raises
    ------
    ConfigError
        In one line that names key, value and what is allowed, as the command prints it.

    Examples
    --------
    >>> import lagrun
    >>> experiment = lagrun.compose("task.p=4", "model.hidden_size=4", "budget=300")
    >>> experiment.task
    NoiseFree(p=4, keys='random', scored='every_step')
    >>> lagrun.compose("task.pp=4")
    Traceback (most recent call last):
        ...
    lagrun.checks.ConfigError: task.pp=4: unknown key; did you mean task.p? allowed: p, keys, scored
    """
    typed = _typed(overrides, config_dir, trusted_modules)
    with hydra_ready(typed):
        _check_single(overrides)
        with _loader(config_dir) as loader:
            config = hydra.compose("config", typed_overrides(arrange(typed)), return_hydra_config=True)
            return with_initial(*build_typed(config, declared_by(loader)), [])[0]


@contextmanager
def _loader(config_dir: Folder | None) -> Iterator[ConfigLoader]:
    """Hydra, initialised as by the command."""
    search_path = create_config_search_path(str(CONF))
    if config_dir is not None:
        search_path.prepend("command-line", f"file://{Path(config_dir).absolute()}", anchor="schema")
    setbase("1.3")
    hydra_application.Hydra.create_main_hydra2("lagrun", search_path)
    try:
        yield GlobalHydra.instance().config_loader()
    finally:
        GlobalHydra.instance().clear()  # so that an error can be explained by composing again


def sweep(
    *overrides: str,
    folder: Folder,
    config_name: str | None = None,
    config_dir: Folder | None = None,
    trusted_modules: Sequence[str] = (),
) -> pd.DataFrame:
    """Train cells times seeds, as ``python -m lagrun -m`` does, into a folder.

    If the same sweep was begun in the folder, it is resumed: finished runs are kept. It writes the same files as the
    command, and progress goes to standard error. The tables are not printed, as the runs are returned.

    Parameters
    ----------
    *overrides : str
        Such as ``seed=0-29``, ``task.p=50,100`` or ``execution.n_jobs=2``.
    folder : str or Path
        Of the sweep; it is made if need be.
    config_name : str, optional
        A sweep file, as ``-cn`` names it: ``table2``, say.
    config_dir : str or Path, optional
        A folder with configurations and sweep files of one's own, as ``-cd`` names it.
    trusted_modules : sequence of str
        Packages whose classes the configuration may name beside lagrun's.

    Returns
    -------
    pandas.DataFrame
        A row a run, see `lagrun.read_runs`; empty for a dry run in a new folder.

    Raises
    ------
    ConfigError
        In one line that names key, value and what is allowed, before anything is trained.
    FolderLockedError
        If another process is using the folder.
    RunsFailedError
        If runs failed, or ended without a result; the others are in the folder.
    StorageError
        If results cannot be written.
    KeyboardInterrupt
        After Ctrl-C, once no worker is left; the same call resumes the sweep.

    Examples
    --------
    >>> import lagrun
    >>> small = ["task.p=4", "model.hidden_size=4", "budget=20", "criterion.window=10", "execution.n_jobs=1"]
    >>> runs = lagrun.sweep(*small, "seed=0-1", folder="outputs/small")
    >>> runs[["task.p", "seed", "outcome", "sequences_seen"]]
       task.p  seed outcome  sequences_seen
    0       4     0  budget              20
    1       4     1  budget              20
    """
    typed = _typed(overrides, config_dir, trusted_modules)
    for text in overrides:
        if override_key(text) in FOLDER_KEYS or text.startswith(RESUME):
            raise ConfigError(f"{text}: the folder is named by folder=, of a sweep that goes on, too")
    name = [] if config_name is None else ["-cn", config_name]
    where = Path(folder)
    before = ALOUD.set(False)
    try:
        with interruptible():
            run([*name, "-m", *typed, f"hydra.sweep.dir={quoted(str(where))}"])
    except ConfigError as error:
        raise ConfigError(_in_python(str(error), where)) from None
    except FolderLockedError as error:
        raise FolderLockedError(_in_python(str(error), where)) from None
    except SystemExit as ended:
        if ended.code:
            raise RunsFailedError(f"{where}: the sweep ended with status {ended.code}; see standard error") from None
    finally:
        ALOUD.reset(before)
    return frame(where) if where.is_dir() else pd.DataFrame()


def _typed(overrides: Sequence[str], config_dir: Folder | None, trusted_modules: Sequence[str]) -> list[str]:
    """The command line that stands for the arguments of a function."""
    for text in overrides:
        if not isinstance(text, str):
            raise ConfigError(f"{show(text)}: must be text such as task.p=100")
        if text.startswith("-"):
            raise ConfigError(f"{text}: is a flag; overrides are key=value, and config_dir= stands for -cd")
    if config_dir is not None and not Path(config_dir).is_dir():
        raise ConfigError(f"config_dir={config_dir}: no such folder")
    if isinstance(trusted_modules, str):
        raise ConfigError(f"{KEY}={trusted_modules}: must be a list of names of packages")
    folder = [] if config_dir is None else ["-cd", str(Path(config_dir).absolute())]
    trusted = [f"{KEY}=[{','.join(trusted_modules)}]"] if trusted_modules else []
    return [*folder, *overrides, *trusted]


def _check_single(overrides: Sequence[str]) -> None:
    """Refuse seeds, which are given to `lagrun.train`, and lists of values, which are several experiments."""
    for text in overrides:
        if override_key(text) == "seed":
            raise ConfigError(f"{text}: an experiment has no seed; give seeds to lagrun.train")
        if text.startswith(RESUME):
            raise ConfigError(f"{text}: is for the command, and for lagrun.sweep by folder=")
        if _is_list(text):
            raise ConfigError(f"{text}: is several experiments, which lagrun.sweep trains; give one value")


def _is_list(text: str) -> bool:
    try:
        return OverridesParser.create().parse_override(text).is_sweep_override() and not text.startswith("~")
    except Exception:  # Hydra refuses it later, which says more
        return False


def _in_python(message: str, folder: Path) -> str:
    """Replace a key in a message by the argument that stands for it."""
    return message.replace(f"hydra.sweep.dir={folder}:", f"folder={folder}:")
