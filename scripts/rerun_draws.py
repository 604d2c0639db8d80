"""The initial weights and training sequences of a published re-run of task 2a, as its program draws them.

All its random numbers come from ``numpy.random.default_rng(seed)`` [1]_, which it starts twice:

- weights: input weights gate by gate (input, forget, candidate, output), a row a unit; a normal matrix for each gate's
  recurrent block, in the same order; weights of outputs, a row an output;
- keys, where they are independent: one draw a training sequence, 0 for x. After sequence 1 and every 200 the program
  tests its net on 64 sequences whose keys come from the same stream; they are skipped here.

References
----------
.. [1] github.com/npow/schmidhuber-problems, noise-free-long-lag/noise_free_long_lag.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from hydra import compose, initialize_config_dir

from lagrun.config.paths import CONF
from lagrun.interfaces import Batch
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.models.lstm import GATES, LSTM
from lagrun.models.orthogonal import orthogonal
from lagrun.tasks.noise_free import NoiseFree
from lagrun.training.admission import build
from scripts.agreement import BASIC
from scripts.rerun_p50 import SWEEP

#: Order in which the re-run draws the gates.
DRAWN = ("input", "forget", "candidate", "output")

#: It tests its net after sequence 1 and after each so many, on so many sequences.
TEST_EVERY, N_TESTED = 200, 64


class TheirNet(LSTM):
    """The LSTM with initial weights of the re-run's."""

    def init(self, rngs: Sequence[np.random.Generator], n_inputs: int, n_outputs: int, dtype: str) -> Params:
        """Draw the re-run's initial weights of the seeds that the generators were made of; see `LSTM.init`."""
        h = self.hidden_size
        params = super().init(rngs, n_inputs, n_outputs, dtype)
        in_our_order = [DRAWN.index(gate) for gate in GATES]
        for s, rng in enumerate(map(_theirs, rngs)):
            from_input = rng.normal(0.0, self.input_scale, (4, h, n_inputs))[in_our_order]
            blocks = np.stack([orthogonal(rng, h, self.orthogonal) for _ in DRAWN])[in_our_order]
            params["W_input_gates"][s] = from_input.reshape(4 * h, n_inputs).T
            params["W_hidden_gates"][s] = self.recurrent_scale * blocks.reshape(4 * h, h).T
            params["W_hidden_output"][s] = rng.normal(0.0, self.readout_scale, (n_outputs, h)).T
        return params


class TheirKeys(NoiseFree):
    """Task 2a with keys of the re-run's; held-out sequences, which no figure here is made of, have the same keys."""

    def sample(self, rng: np.random.Generator, first: int, n: int) -> Batch:
        """Take the re-run's training sequences of the seed that the generator was made of; see `NoiseFree.sample`."""
        if self.keys == "alternating":
            return super().sample(rng, first, n)
        sequences = np.arange(first, first + n)
        n_tests = (sequences > 0) + sequences // TEST_EVERY
        drawn = sequences + N_TESTED * n_tests
        return self._with_keys(_theirs(rng).integers(0, 2, drawn[-1] + 1)[drawn])


def _theirs(rng: np.random.Generator) -> np.random.Generator:
    """Make the re-run's generator of a seed, given lagrun's."""
    made_of = rng.bit_generator.seed_seq
    assert isinstance(made_of, np.random.SeedSequence)
    return np.random.default_rng(made_of.entropy)


@cache
def cell_of(keys: str) -> Experiment:
    """Compose the preset of a row of the re-run, with its random numbers."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cell = build(compose("config", [*BASIC, f"+experiment={SWEEP}_{keys}"]))
    return replace(cell, model=TheirNet(**vars(cell.model)), task=TheirKeys(**vars(cell.task)))
