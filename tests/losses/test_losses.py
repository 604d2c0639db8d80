"""Losses and outputs by hand, their gradients by central differences, and what huge logits do to them."""

import numpy as np
import pytest

from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.losses.squared_error import SquaredError
from lagrun.testing.losses import check_loss
from lagrun.training.admission import build
from tests.helpers import compose_config, options


@pytest.mark.parametrize("name", options("loss"))
def test_every_loss_keeps_its_promises(name: str) -> None:
    check_loss(build(compose_config(f"loss={name}")).loss)


def test_softmax_by_hand() -> None:
    # softmax([0, ln 3]) = [1/4, 3/4]; E = -ln(1/4) = 1.3863; weight 2: dE = 2 * ([1/4, 3/4] - [1, 0])
    losses, gradient = SoftmaxCrossEntropy()(np.log([[[1.0, 3.0]]]), np.array([[0]]), np.array([[2.0]]))
    np.testing.assert_allclose(losses, [[np.log(4)]], rtol=1e-15)
    np.testing.assert_allclose(gradient, [[[-1.5, 1.5]]], rtol=1e-15)


def test_softmax_outputs_by_hand() -> None:
    np.testing.assert_allclose(
        SoftmaxCrossEntropy().outputs(np.log([[[1.0, 3.0]]]) + 800), [[[0.25, 0.75]]], rtol=1e-12
    )


def test_squared_error_by_hand() -> None:
    # f(0) = 1/2, f(ln 3) = 3/4; target the first: errors -1/2 and 3/4, E = 1/2 (1/4 + 9/16) = 13/32;
    # weight 2: dE = 2 * [-1/2 * 1/4, 3/4 * 3/16] = [-1/4, 9/32]
    losses, gradient = SquaredError(0.5)(np.log([[[1.0, 3.0]]]), np.array([[0]]), np.array([[2.0]]))
    np.testing.assert_allclose(losses, [[13 / 32]], rtol=1e-15)
    np.testing.assert_allclose(gradient, [[[-1 / 4, 9 / 32]]], rtol=1e-15)
    losses, gradient = SquaredError(1.0)(np.log([[[1.0, 3.0]]]), np.array([[0]]), np.array([[1.0]]))
    np.testing.assert_allclose(losses, [[13 / 16]], rtol=1e-15)
    np.testing.assert_allclose(gradient, [[[-1 / 4, 9 / 32]]], rtol=1e-15)


def test_logistic_outputs_by_hand_and_at_the_ends() -> None:
    logits = np.array([[[-1e300, np.log(1 / 3), 0.0, np.log(3.0), 1e300]]])
    np.testing.assert_allclose(SquaredError(0.5).outputs(logits), [[[0, 0.25, 0.5, 0.75, 1]]], rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("offset", [0.0, 900.0, -900.0])
def test_softmax_survives_huge_logits(dtype: str, offset: float) -> None:
    logits = (np.log([[[1.0, 3.0]]]) + offset).astype(dtype)
    losses, gradient = SoftmaxCrossEntropy()(logits, np.array([[0]]), np.ones((1, 1), dtype))
    np.testing.assert_allclose(losses, [[np.log(4)]], rtol=1e-4)
    np.testing.assert_allclose(gradient, [[[-0.75, 0.75]]], rtol=1e-4)


def test_a_seed_with_huge_logits_does_not_change_its_neighbours_bits() -> None:
    rng = np.random.default_rng(1)
    logits, targets, weights = rng.normal(size=(3, 4, 5)), np.zeros((3, 4), int), np.ones((3, 4))
    alone = SoftmaxCrossEntropy()(logits[:1].copy(), targets[:1], weights[:1])
    logits[1] += 1e6
    together = SoftmaxCrossEntropy()(logits, targets, weights)
    for one, many in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one[0], many[0])
