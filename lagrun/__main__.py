"""The command: ``python -m lagrun model=lstm task.p=100 -m seed=0-29``.

Exit status: 0 if every run ended solved, at its budget or diverged; 1 if any failed or was lost; 2 if the configuration
is wrong; 3 if the sweep's folder is in use; 130 after Ctrl-C.
"""

from __future__ import annotations

import os
import sys

import hydra
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from lagrun.checks import one_line
from lagrun.cli import arrange
from lagrun.config import ConfigError
from lagrun.errors import NOT_AN_OPTION, explain
from lagrun.launch import run_job
from lagrun.paths import CONF, PLUGINS
from lagrun.plan import register_resolver
from lagrun.sweep import FolderLockedError, RunsFailedError
from lagrun.trust import only_trusted

FULL_ERROR = "HYDRA_FULL_ERROR"


def main() -> int:
    """Run the command line in ``sys.argv`` and return the exit status."""
    typed = sys.argv[1:]
    traceback_wanted = FULL_ERROR in os.environ
    os.environ[FULL_ERROR] = "1"  # Hydra then raises what it would print
    sys.path.append(str(PLUGINS))
    register_resolver()
    try:
        sys.argv[1:] = arrange(typed)
        with only_trusted():
            hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
        return 0
    except ConfigError as error:
        return _fail(2, str(error))
    except FolderLockedError as error:
        return _fail(3, str(error))
    except RunsFailedError as error:
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
    except KeyboardInterrupt:
        return _fail(130, "interrupted")


def _fail(status: int, message: str) -> int:
    print(f"lagrun: {one_line(message)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
