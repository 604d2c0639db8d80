"""What one training sequence of the plain loop costs: multiply-adds, and the distance that its data move.

Definitions and limits are in ``docs/costs.md``. Processor time is another matter, see `lagrun.execution.dry_run`.
"""

from lagrun.analysis.data_movement import arithmetic, functions

__all__ = ["arithmetic", "functions"]
