"""A task of each kind, and its sequences without padding."""

from lagrun.interfaces import Batch
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.tasks.very_long_lag import VeryLongLag
from lagrun.training.admission import build
from tests.helpers import compose_config, options

TASKS = [
    *(build(compose_config(f"task={name}", "task.p=6")).task for name in options("task")),
    NoiseFree(6, "alternating", "end"),
    NoRegularities(6, "permutation", "end"),
    VeryLongLag(3, 4),
]


def sequences(batch: Batch) -> list[tuple[list[int], list[int]]]:
    """Input and output symbols of every sequence, without padding."""
    return [(batch.ids[i, : batch.lengths[i]].tolist(), batch.targets[i].tolist()) for i in range(len(batch.lengths))]
