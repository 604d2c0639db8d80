import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.checks import FieldError
from lagrun.config import build
from lagrun.seeds import DRAW_AHEAD, TrainingStream, generator
from lagrun.tasks.noise_free import NoiseFree
from tests.helpers import compose_config


@given(p=st.integers(2, 300), seed=st.integers(0, 2**70))
def test_noise_free_sequences_are_the_key_the_middle_and_the_key_again(p: int, seed: int) -> None:
    task = NoiseFree(p, "random")
    batch = task.sample(np.random.default_rng(seed), 0, 20)
    whole = np.concatenate([batch.ids, batch.targets[:, -1:]], axis=1)
    assert (batch.ids[:, 1:] == batch.targets[:, :-1]).all()
    assert (whole[:, 1:-1] == np.arange(p - 1)).all()
    assert (whole[:, 0] == whole[:, -1]).all()
    assert set(whole[:, 0]) <= {p - 1, p}
    assert batch.scored.all()
    assert (batch.lengths == p).all()
    assert task.n_inputs == task.n_outputs == p + 1
    assert task.n_steps == p


def test_noise_free_has_just_two_sequences_equally_often() -> None:
    batch = NoiseFree(5, "random").sample(np.random.default_rng(0), 0, 4000)
    sequences, counts = np.unique(batch.ids, axis=0, return_counts=True)
    assert len(sequences) == 2
    assert abs(counts[0] - 2000) < 4 * np.sqrt(1000)


def test_alternating_keys_go_on_across_calls() -> None:
    task, rng = NoiseFree(4, "alternating"), np.random.default_rng(0)
    keys = [*task.sample(rng, 0, 3).ids[:, 0], *task.sample(rng, 3, 4).ids[:, 0]]
    assert keys == [3, 4, 3, 4, 3, 4, 3]


@pytest.mark.parametrize("keys", ["random", "alternating"])
def test_the_stream_does_not_depend_on_how_it_is_cut(keys: str) -> None:
    task = NoiseFree(6, keys)
    whole = task.sample(generator(3, "data"), 0, 101).ids
    rng = generator(3, "data")
    parts = [task.sample(rng, first, n).ids for first, n in ((0, 1), (1, 2), (3, 64), (67, 34))]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_training_stream_is_the_seeds_own_stream_whoever_stands_beside_it() -> None:
    task = NoiseFree(6, "random")
    expected = task.sample(generator(7, "data"), 0, 2 * DRAW_AHEAD + 3)
    stream = TrainingStream(task, [5, 7, 9])
    for position in range(2 * DRAW_AHEAD + 3):
        if position == 40:
            stream.keep(np.array([1, 2]))
        row = 1 if position < 40 else 0
        np.testing.assert_array_equal(stream.next().ids[row], expected.ids[position])


def test_the_data_depend_on_the_seed_only() -> None:
    streams = []
    for overrides in ((), ("model.hidden_size=3", "optimiser=sgd", "criterion.window=5", "evaluation.n_sequences=3")):
        task = build(compose_config("task.p=9", *overrides)).task
        streams.append(TrainingStream(task, [11]))
    for _ in range(70):
        np.testing.assert_array_equal(streams[0].next().ids, streams[1].next().ids)


def test_purposes_and_seeds_have_streams_of_their_own() -> None:
    draws = {
        (seed, purpose): tuple(generator(seed, purpose).integers(0, 2**62, 4))
        for seed in (0, 1, 7, 2**63)
        for purpose in ("init", "data", "evaluation")
    }
    assert len(set(draws.values())) == len(draws)
    with pytest.raises(KeyError):
        generator(0, "tset")


@pytest.mark.parametrize(("p", "keys", "field"), [(1, "random", "p"), (5, "sorted", "keys")])
def test_noise_free_refuses(p: int, keys: str, field: str) -> None:
    with pytest.raises(FieldError) as error:
        NoiseFree(p, keys)
    assert error.value.field == field
