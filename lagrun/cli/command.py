"""The command line, run by Hydra; every error becomes one line and an exit status."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hydra
from hydra.errors import ConfigCompositionException, HydraException
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import ConfigError, one_line
from lagrun.cli.arguments import arrange, as_typed
from lagrun.cli.explain import NOT_AN_OPTION, explain
from lagrun.cli.held_back import hold_back
from lagrun.cli.hydra_guard import only_trusted
from lagrun.cli.kept_logs import kept_logs
from lagrun.cli.plugins import register_plugins
from lagrun.cli.process_state import unchanged
from lagrun.cli.single_run import RefusedError, end, run_job
from lagrun.config.paths import CONF, PLUGINS
from lagrun.execution.unavailable import NoWorkerError
from lagrun.planning.folder_names import register_resolver
from lagrun.planning.session import RunsFailedError
from lagrun.storage.files import StorageError
from lagrun.storage.lock import FolderLockedError

FULL_ERROR = "HYDRA_FULL_ERROR"

#: Held by the command that runs in this process: the arguments and Hydra's state exist once per process.
_RUNNING = threading.Lock()


def command() -> int:
    """Run the command line in ``sys.argv`` and return the exit status, see `lagrun.__main__`.

    It may be called several times in a process, and leaves the process as it was.
    """
    typed = sys.argv[1:]
    try:
        run(typed)
        return 0
    except ConfigError as error:
        return _fail(2, str(error))
    except FolderLockedError as error:
        return _fail(3, as_typed(str(error), typed))
    except (NoWorkerError, RunsFailedError, StorageError) as error:
        return _fail(1, str(error))
    except SystemExit as ended:
        if ended.code == 1 and {"--cfg", "-c"}.intersection(typed):
            return 2  # Hydra has said that there is no such package
        if isinstance(ended.code, int) or ended.code is None:
            return ended.code or 0
        raise


def run(typed: Sequence[str]) -> None:
    """Run a command line; raise an error if the command would end with a status other than 0.

    Parameters
    ----------
    typed : sequence of str
        Arguments without the program's name.

    Raises
    ------
    ConfigError
        In one line, if the configuration is wrong.
    FolderLockedError, NoWorkerError, RunsFailedError, StorageError
        If the folder is in use, no worker can be started, runs failed, or results cannot be written.
    SystemExit
        Where Hydra or a callback has said what is wrong.
    """
    with hydra_ready(typed):
        sys.argv[1:] = arrange(typed)
        _run_hydra()


@contextmanager
def hydra_ready(typed: Sequence[str]) -> Iterator[None]:
    """Provide Hydra as in a new process, restricted to trusted code; restore the process at the end.

    Errors of Hydra and OmegaConf in the body are raised as a `ConfigError` about what was typed.
    """
    traceback_wanted = FULL_ERROR in os.environ
    with _alone(), _as_in_a_new_process(), _in_words(typed, traceback_wanted), kept_logs(), only_trusted():
        register_plugins()
        yield


@contextmanager
def _alone() -> Iterator[None]:
    if not _RUNNING.acquire(blocking=False):
        words = "another command of lagrun is running in this process; wait for its end, or start a process"
        raise ConfigError(words)
    try:
        yield
    finally:
        _RUNNING.release()


@contextmanager
def _as_in_a_new_process() -> Iterator[None]:
    try:
        here = str(Path.cwd())
    except FileNotFoundError:
        raise ConfigError("the working directory does not exist any more; change to one that does") from None
    with unchanged(FULL_ERROR), warnings.catch_warnings():
        os.environ[FULL_ERROR] = "1"  # Hydra then raises what it would print
        sys.path.append(str(PLUGINS))
        if here not in sys.path:
            sys.path.append(here)  # as python -m has it; for classes that trusted_modules names
        warnings.filterwarnings("ignore", "[^\n]*joblib will operate in serial mode")  # lagrun itself says it
        register_resolver()
        try:
            yield
        finally:
            end()


@contextmanager
def _in_words(typed: Sequence[str], traceback_wanted: bool) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise ConfigError(as_typed(str(error), typed)) from None
    except (HydraException, OmegaConfBaseException) as error:
        if traceback_wanted:
            raise
        raise ConfigError(explain(error, typed)) from None
    except ValueError as error:
        if traceback_wanted or not str(error).startswith((NOT_AN_OPTION, "Only one of --run")):
            raise
        raise ConfigError(explain(error, typed)) from None


def _run_hydra() -> None:
    """Run Hydra; run it again if its usual configuration lacks a key that only the sweep's cells have."""
    while True:
        try:
            hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
            return
        except RefusedError as refused:
            raise refused.error from None
        except ConfigCompositionException as error:
            held = hold_back(sys.argv[1:], error)
            if held is None:
                raise
            sys.argv[1:] = held


def _fail(status: int, message: str) -> int:
    print(f"lagrun: {one_line(message)}", file=sys.stderr)
    return status
