"""Each seed and purpose has a stream of its own, whoever trains beside it, and it goes on where it was left."""

import numpy as np
import pytest

from lagrun.interfaces import Task
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.tasks.very_long_lag import VeryLongLag
from lagrun.training.admission import build
from lagrun.training.streams import DRAW_AHEAD, PURPOSES, SingleStream, TrainingStream, generator
from tests.helpers import compose_config
from tests.tasks.every import sequences


def test_training_stream_is_the_seeds_own_stream_whoever_stands_beside_it() -> None:
    task = NoiseFree(6, "random", "every_step")
    expected = task.sample(generator(7, "data"), 0, 2 * DRAW_AHEAD + 3)
    stream = TrainingStream(task, [5, 7, 9])
    for position in range(2 * DRAW_AHEAD + 3):
        if position == 40:
            stream.keep(np.array([1, 2]))
        row = 1 if position < 40 else 0
        np.testing.assert_array_equal(stream.next().ids[row], expected.ids[position])


@pytest.mark.parametrize("task", [NoRegularities(6, "iid", "every_step"), VeryLongLag(2, 3)], ids=str)
@pytest.mark.parametrize("n_used", range(5))
def test_a_stream_goes_on_where_it_was_left(task: Task, n_used: int) -> None:
    def after(stream: SingleStream, n: int) -> list[tuple[list[int], list[int]]]:
        found = []
        while len(found) < n:
            found += sequences(stream.peek(n - len(found)))
            stream.advance(len(stream.peek(n).ids))
        return found

    stream = SingleStream(task, 3)
    stream.peek(3)
    stream.advance(3)
    stream.peek(4)
    stream.advance(n_used)
    again = SingleStream(task, 3, stream.state())
    assert (
        after(again, 9)
        == after(stream, 9)
        == sequences(task.sample(generator(3, "data"), 0, 12 + n_used))[3 + n_used :]
    )


def test_the_data_depend_on_the_seed_only() -> None:
    streams = []
    for overrides in ((), ("model.hidden_size=3", "optimiser=sgd", "criterion.window=5", "evaluation.n_sequences=3")):
        task = build(compose_config("task.p=9", *overrides)).task
        streams.append(TrainingStream(task, [11]))
    for _ in range(70):
        np.testing.assert_array_equal(streams[0].next().ids, streams[1].next().ids)


def test_purposes_seeds_and_parts_have_streams_of_their_own() -> None:
    draws = {
        (seed, purpose, part): tuple(generator(seed, purpose, part).integers(0, 2**62, 4))
        for seed in (0, 1, 7, 2**63)
        for purpose in PURPOSES
        for part in (None, 0, 1, 2)
    }
    assert len(set(draws.values())) == len(draws)
    with pytest.raises(KeyError):
        generator(0, "tset")
