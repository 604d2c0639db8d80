"""Statistics of "solved within a budget", on plain arrays; definitions, sources and traps in docs/statistics.md.

``sequences`` is the number of training sequences to the solution, infinity for a run that was not solved; ``spent`` is
the number of sequences that a run used, solved or not. Runs without an outcome, failed or unfinished, are in neither.
"""

from lagrun.analysis.statistics.median import censored_median, median_interval, median_rank, solved_only
from lagrun.analysis.statistics.running_time import ert, ert_interval
from lagrun.analysis.statistics.success import solved_bounds, wilson

__all__ = [
    "censored_median",
    "ert",
    "ert_interval",
    "median_interval",
    "median_rank",
    "solved_bounds",
    "solved_only",
    "wilson",
]
