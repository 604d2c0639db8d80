"""lagrun: config-driven sweeps of the long-time-lag benchmark of Hochreiter & Schmidhuber (1997), Experiment 2."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("lagrun")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"
