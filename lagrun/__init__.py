"""lagrun: config-driven sweeps of the long-time-lag benchmark of Hochreiter & Schmidhuber (1997), Experiment 2."""

import sys
from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("lagrun")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

if sys.argv[:1] == ["-m"]:  # Python is about to run a module
    from lagrun.cli.subcommands import refuse_other_modules

    refuse_other_modules()
