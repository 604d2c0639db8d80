"""Sequences of each task by its definition, their statistics, and which settings are refused."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagrun.checks import FieldError
from lagrun.interfaces import Task
from lagrun.tasks.no_regularities import NoRegularities
from lagrun.tasks.noise_free import NoiseFree
from lagrun.tasks.very_long_lag import LONGEST_TAIL, VeryLongLag
from lagrun.testing.tasks import check_task
from tests.tasks.every import TASKS, sequences


@given(p=st.integers(2, 300), seed=st.integers(0, 2**70))
def test_noise_free_sequences_are_the_key_the_middle_and_the_key_again(p: int, seed: int) -> None:
    task = NoiseFree(p, "random", "every_step")
    batch = task.sample(np.random.default_rng(seed), 0, 20)
    whole = np.concatenate([batch.ids, batch.targets[:, -1:]], axis=1)
    assert (batch.ids[:, 1:] == batch.targets[:, :-1]).all()
    assert (whole[:, 1:-1] == np.arange(p - 1)).all()
    assert (whole[:, 0] == whole[:, -1]).all()
    assert set(whole[:, 0]) <= {p - 1, p}
    assert batch.scored.all()
    assert (batch.lengths == p).all()
    assert task.n_inputs == task.n_outputs == p + 1


def test_noise_free_has_just_two_sequences_equally_often() -> None:
    batch = NoiseFree(5, "random", "every_step").sample(np.random.default_rng(0), 0, 4000)
    sequences, counts = np.unique(batch.ids, axis=0, return_counts=True)
    assert len(sequences) == 2
    assert abs(counts[0] - 2000) < 4 * np.sqrt(1000)


def test_alternating_keys_go_on_across_calls() -> None:
    task, rng = NoiseFree(4, "alternating", "every_step"), np.random.default_rng(0)
    keys = [*task.sample(rng, 0, 3).ids[:, 0], *task.sample(rng, 3, 4).ids[:, 0]]
    assert keys == [3, 4, 3, 4, 3, 4, 3]


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_every_task_keeps_its_promises(task: Task) -> None:
    check_task(task)


@given(p=st.integers(2, 60), seed=st.integers(0, 2**70), middle=st.sampled_from(NoRegularities.MIDDLES))
def test_no_regularities_sequences_are_the_key_a_random_middle_and_the_key_again(
    p: int, seed: int, middle: str
) -> None:
    task = NoRegularities(p, middle, "every_step")
    batch = task.sample(np.random.default_rng(seed), 0, 20)
    whole = np.concatenate([batch.ids, batch.targets[:, -1:]], axis=1)
    assert (batch.ids[:, 1:] == batch.targets[:, :-1]).all()
    assert (whole[:, 0] == whole[:, -1]).all()
    assert set(whole[:, 0]) <= {p - 1, p}
    assert whole[:, 1:-1].min() >= 0
    assert whole[:, 1:-1].max() <= p - 2
    if middle == "permutation":
        assert (np.sort(whole[:, 1:-1], axis=1) == np.arange(p - 1)).all()
    assert batch.scored.all()
    assert batch.distinct_ids == (middle == "permutation")


@pytest.mark.parametrize("middle", NoRegularities.MIDDLES)
def test_no_regularities_middle_is_uniform_and_without_order(middle: str) -> None:
    n, p = 8000, 6
    batch = NoRegularities(p, middle, "every_step").sample(np.random.default_rng(0), 0, n)
    middles = batch.ids[:, 1:]
    for column in middles.T:  # every place holds every symbol equally often
        assert np.abs(np.bincount(column, minlength=p - 1) / n - 0.2).max() < 5 * np.sqrt(0.16 / n)
    pairs = np.bincount(middles[:, 0] * (p - 1) + middles[:, 1], minlength=25).reshape(5, 5) / n
    expected = np.full((5, 5), 1 / 25) if middle == "iid" else (1 - np.eye(5)) / 20
    assert np.abs(pairs - expected).max() < 5 * np.sqrt(0.05 / n)
    assert abs((batch.ids[:, 0] == p).mean() - 0.5) < 5 * np.sqrt(0.25 / n)
    assert not batch.distinct_ids or middle == "permutation"


@pytest.mark.parametrize(("task", "option"), [(NoiseFree, "random"), (NoRegularities, "iid")])
def test_errors_at_the_end_only(task: Callable[..., Task], option: str) -> None:
    whole = task(6, option, "every_step").sample(np.random.default_rng(0), 0, 9)
    end = task(6, option, "end").sample(np.random.default_rng(0), 0, 9)
    np.testing.assert_array_equal(end.ids, whole.ids)
    np.testing.assert_array_equal(end.targets, whole.targets[:, -1:])
    assert end.only_at_end
    assert end.scored.all()


@given(q=st.integers(1, 200), p=st.integers(1, 200), seed=st.integers(0, 2**70))
def test_very_long_lag_sequences_are_begin_key_distractors_trigger(q: int, p: int, seed: int) -> None:
    task = VeryLongLag(q, p)
    batch = task.sample(np.random.default_rng(seed), 0, 20)
    trigger, begin, x, y = p, p + 1, p + 2, p + 3
    for ids, target in sequences(batch):
        assert ids[0] == begin
        assert ids[1] == (x, y)[target[0]]
        assert ids[-1] == trigger
        assert len(ids) >= q + 3
        assert set(ids[2:-1]) <= set(range(p))
    assert batch.ids.shape[1] % 64 == 0
    assert batch.padded
    assert batch.scored.all()
    assert batch.scored.shape == batch.targets.shape == (20, 1)
    assert (task.n_inputs, task.n_outputs) == (p + 4, 2)


def test_very_long_lag_statistics() -> None:
    n, q, p = 20_000, 50, 7
    batch = VeryLongLag(q, p).sample(np.random.default_rng(1), 0, n)
    symbols = batch.lengths + 1  # with the last, which is no input
    assert symbols.min() == q + 4
    tail = symbols - (q + 4)
    assert abs(tail.mean() - 9) < 5 * np.sqrt(90 / n)  # so q + 13 symbols in the mean; the variance is 0.9 / 0.01
    for j in range(4):
        assert abs((tail == j).mean() - 0.1 * 0.9**j) < 5 * np.sqrt(0.09 / n)
    inside = (np.arange(batch.ids.shape[1]) >= 2) & (np.arange(batch.ids.shape[1]) < batch.lengths[:, None] - 1)
    share = np.bincount(batch.ids[inside], minlength=p) / inside.sum()
    assert len(share) == p
    assert np.abs(share - 1 / p).max() < 5 * np.sqrt(0.13 / inside.sum())
    assert abs(batch.targets.mean() - 0.5) < 5 * np.sqrt(0.25 / n)


def test_the_longest_tail_fits_its_draws() -> None:
    class Extreme(np.random.Generator):
        def random(self, size: tuple[int, int]) -> np.ndarray:  # type: ignore[override]
            return np.full(size, 1 - 2.0**-53)

    batch = VeryLongLag(5, 3).sample(Extreme(np.random.PCG64()), 0, 2)
    assert batch.lengths.tolist() == [5 + 3 + LONGEST_TAIL] * 2
    assert (batch.ids[:, 2 : batch.lengths[0] - 1] == 2).all()


@pytest.mark.parametrize(
    ("task", "arguments", "field"),
    [
        (NoiseFree, (1, "random", "end"), "p"),
        (NoiseFree, (5, "sorted", "end"), "keys"),
        (NoiseFree, (5, "random", "start"), "scored"),
        (NoRegularities, (1, "iid", "end"), "p"),
        (NoRegularities, (5, "sorted", "end"), "middle"),
        (NoRegularities, (5, "iid", "start"), "scored"),
        (VeryLongLag, (0, 5), "q"),
        (VeryLongLag, (5, 0), "p"),
    ],
)
def test_tasks_refuse(task: Callable[..., Task], arguments: tuple[object, ...], field: str) -> None:
    with pytest.raises(FieldError) as error:
        task(*arguments)
    assert error.value.field == field
