"""The sweep to which faults happen."""

import pytest

from tests.conftest import Command, Outcome
from tests.resumed import TINY, Sweep

SWEEP = (*TINY, "budget=20", "hydra.sweep.dir=sweep", "-m")


@pytest.fixture
def sweep(command: Command) -> Sweep:
    """Run the sweep of these tests, with more arguments."""

    def run(*more: str) -> Outcome:
        seeds = () if any(text.startswith("seed=") for text in more) else ("seed=0-3",)
        return command(*SWEEP, *seeds, *more)

    return run
