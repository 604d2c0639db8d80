"""The contract tests of variants, for authors of a net, task, loss, weighting, optimiser or criterion of their own."""

from lagrun.testing.variant import check_variant

__all__ = ["check_variant"]
