"""Optimisers by hand and as printed; each moves downhill, and clipping holds each seed to the norm."""

import numpy as np
import pytest

from lagrun.interfaces import Optimiser
from lagrun.optimisers.adam import Adam
from lagrun.optimisers.momentum import Momentum
from lagrun.optimisers.sgd import SGD
from lagrun.testing.optimisers import check_optimiser
from lagrun.training.admission import build
from lagrun.training.learners import global_norm, update
from tests.helpers import compose_config, options


def take_steps(optimiser: Optimiser, params: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    params, state = params.copy(), optimiser.init(params)
    for step, gradient in enumerate(gradients, 1):
        gradient = gradient.copy()
        update(optimiser, params, gradient, state, global_norm(gradient), step)
    return params


def test_sgd_by_hand() -> None:
    # 1 - 0.1 * 2 = 0.8; 0.8 - 0.1 * 4 = 0.4
    found = take_steps(SGD(0.1, None), np.array([[1.0]]), [np.array([[2.0]]), np.array([[4.0]])])
    np.testing.assert_allclose(found, [[0.4]], rtol=1e-15)


def test_momentum_by_hand() -> None:
    # velocity 2, then 0.5 * 2 + 4 = 5: 1 - 0.1 * 2 - 0.1 * 5 = 0.3
    found = take_steps(Momentum(0.1, 0.5, None), np.array([[1.0]]), [np.array([[2.0]]), np.array([[4.0]])])
    np.testing.assert_allclose(found, [[0.3]], rtol=1e-14)


def test_adam_by_hand() -> None:
    # beta1 = 0.5, beta2 = 0.75, epsilon = 1, rate 1. Gradients 2, then 4:
    # m = 1, v = 1;        m_hat = 1 / 0.5 = 2,        v_hat = 1 / 0.25 = 4:            1 - 2 / (2 + 1) = 1/3
    # m = 2.5, v = 4.75;   m_hat = 2.5 / 0.75 = 10/3,  v_hat = 4.75 / 0.4375 = 76/7:    minus (10/3) / (sqrt(76/7) + 1)
    found = take_steps(Adam(1.0, 0.5, 0.75, 1.0, None), np.array([[1.0]]), [np.array([[2.0]]), np.array([[4.0]])])
    np.testing.assert_allclose(found, [[1 / 3 - (10 / 3) / (np.sqrt(76 / 7) + 1)]], rtol=1e-14)


def test_adam_agrees_with_the_algorithm_as_printed() -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 7)), list(rng.normal(size=(30, 3, 7)))
    theta, m, v = start.copy(), 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(take_steps(Adam(0.01, 0.9, 0.999, 1e-8, None), start, gradients), theta, rtol=1e-11)


@pytest.mark.parametrize("name", options("optimiser"))
def test_every_optimiser_keeps_its_promises(name: str) -> None:
    check_optimiser(build(compose_config(f"optimiser={name}")).optimiser)


@pytest.mark.parametrize("name", options("optimiser"))
def test_every_optimiser_lowers_a_bowl(name: str) -> None:
    optimiser = build(compose_config(f"optimiser={name}", "optimiser.learning_rate=0.01")).optimiser
    params = np.array([[1.0, -1.0]])
    state = optimiser.init(params)
    for step in range(1, 301):
        gradient = params.copy()
        update(optimiser, params, gradient, state, global_norm(gradient), step)
    assert np.abs(params).max() < 0.3


def test_clipping_scales_only_the_seeds_above_the_norm() -> None:
    # Norms 5 and 0.5 with limit 1: [3, 4] / 5, and [0.3, 0.4] as it is.
    found = take_steps(SGD(1.0, 1.0), np.zeros((2, 2)), [np.array([[3.0, 4.0], [0.3, 0.4]])])
    np.testing.assert_allclose(found, [[-0.6, -0.8], [-0.3, -0.4]], rtol=1e-15)
    assert (found[1] == [-0.3, -0.4]).all()


def test_global_norm_of_zero_is_zero_and_clips_nothing() -> None:
    assert global_norm(np.zeros((1, 3))) == 0
    np.testing.assert_array_equal(take_steps(SGD(1.0, 1.0), np.ones((1, 3)), [np.zeros((1, 3))]), np.ones((1, 3)))
