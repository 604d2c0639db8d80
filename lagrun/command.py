"""The command line, run by Hydra; and whatever goes wrong as one line and an exit status."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import one_line
from lagrun.cli import arrange
from lagrun.config import ConfigError
from lagrun.errors import NOT_AN_OPTION, explain
from lagrun.paths import CONF, PLUGINS
from lagrun.single_run import run_job
from lagrun.store import StorageError
from lagrun.subfolders import register_resolver
from lagrun.sweep_folder import FolderLockedError, RunsFailedError
from lagrun.trust import only_trusted
from lagrun.unavailable import NoWorkerError

FULL_ERROR = "HYDRA_FULL_ERROR"


def command() -> int:
    """Run the command line in ``sys.argv`` and return the exit status, see `lagrun.__main__`."""
    typed = sys.argv[1:]
    traceback_wanted = FULL_ERROR in os.environ
    os.environ[FULL_ERROR] = "1"  # Hydra then raises what it would print
    sys.path.append(str(PLUGINS))
    try:
        here = str(Path.cwd())
    except FileNotFoundError:
        return _fail(2, "the working directory does not exist any more; change to one that does")
    if here not in sys.path:
        sys.path.append(here)  # as python -m has it; for classes that trusted_modules names
    register_resolver()
    warnings.filterwarnings("ignore", "[^\n]*joblib will operate in serial mode")  # said where a worker is wanted
    try:
        with only_trusted():
            sys.argv[1:] = arrange(typed)
            hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
        return 0
    except ConfigError as error:
        return _fail(2, str(error))
    except FolderLockedError as error:
        return _fail(3, str(error))
    except (NoWorkerError, RunsFailedError, StorageError) as error:
        return _fail(1, str(error))
    except (HydraException, OmegaConfBaseException) as error:
        if traceback_wanted:
            raise
        return _fail(2, explain(error, typed))
    except ValueError as error:
        if traceback_wanted or not str(error).startswith((NOT_AN_OPTION, "Only one of --run")):
            raise
        return _fail(2, explain(error, typed))
    except SystemExit as ended:
        if ended.code == 1 and {"--cfg", "-c"}.intersection(typed):
            return 2  # Hydra has said that there is no such package
        raise


def _fail(status: int, message: str) -> int:
    print(f"lagrun: {one_line(message)}", file=sys.stderr)
    return status
