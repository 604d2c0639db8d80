"""Contract tests for authors of their own net, task, loss, weighting, optimiser or criterion."""

from lagrun.testing.variant import check_variant

__all__ = ["check_variant"]
