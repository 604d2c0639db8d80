"""Pieces of large arrays cover them, and change no bit."""

import numpy as np
import pytest

from lagrun.losses.squared_error import SquaredError
from lagrun.numerics import tiling as module
from lagrun.numerics.output_layer import add_direct
from lagrun.numerics.tiling import TILE, tiles
from tests.helpers import random_batch

SHAPES = [(1, 1, 1), (7, 3, 4), (30, 100, 101), (3, 500, 501), (2, 1, 2 * TILE)]


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_cover_every_row_once_and_the_first_is_the_largest(shape: tuple[int, int, int]) -> None:
    seen = np.zeros(shape, np.int8)
    sizes = []
    for tile in tiles(*shape):
        seen[tile] += 1
        sizes.append(seen[tile].size)
    assert (seen == 1).all()
    assert max(sizes) == sizes[0] <= max(TILE, shape[2])


@pytest.mark.parametrize("tile", [1, 40, 300])
def test_the_size_of_a_piece_changes_no_bit(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    batch, logits, w = random_batch(5, 11, 12), rng.normal(size=(5, 11, 12)), rng.normal(size=(5, 12, 12))

    def results() -> tuple[np.ndarray, np.ndarray]:
        tiles.cache_clear()
        x = logits.copy()
        add_direct(batch, w, x)
        return SquaredError(0.5)(x, batch.targets, np.ones((5, 11)))

    whole = results()
    monkeypatch.setattr(module, "TILE", tile)
    assert len(tiles.__wrapped__(5, 11, 12)) > 1
    for one, other in zip(whole, results(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(whole[1][0, 0, 0], _slope(logits, w, batch.ids, batch.targets), rtol=1e-12)
    tiles.cache_clear()


def _slope(logits: np.ndarray, w: np.ndarray, ids: np.ndarray, targets: np.ndarray) -> float:
    """Gradient of the first logit of the first step of the first seed, from the definition."""
    y = 1 / (1 + np.exp(-(logits[0, 0, 0] + w[0, ids[0, 0], 0])))
    return float((y - (targets[0, 0] == 0)) * y * (1 - y))
