"""The initial weights and training sequences of a published re-run, against draws in the order of its program."""

from __future__ import annotations

import numpy as np

from lagrun.training.streams import generator
from scripts.rerun_draws import cell_of

SEED = 3


def test_initial_weights_are_drawn_gate_by_gate_a_row_a_unit() -> None:
    params = cell_of("random").model.init([generator(0, "init"), generator(SEED, "init")], 51, 51, "float64")
    assert params.n_weights == 5219
    rng = np.random.default_rng(SEED)
    from_input, blocks, to_output = (
        rng.normal(0, 0.1, (64, 51)),
        rng.normal(size=(4, 16, 16)),
        rng.normal(size=(51, 16)),
    )
    np.testing.assert_array_equal(params["W_hidden_output"][1], 0.1 * to_output.T)
    for theirs, ours in enumerate((1, 2, 3, 0)):  # input, forget, candidate, output; ours begins with the last
        columns = slice(16 * ours, 16 * ours + 16)
        np.testing.assert_array_equal(params["W_input_gates"][1, :, columns], from_input[16 * theirs :][:16].T)
        block = 0.5 * np.linalg.qr(blocks[theirs])[0]
        np.testing.assert_array_equal(params["W_hidden_gates"][1, :, columns], block.T)
    assert params["b_gates"][1].reshape(4, 16)[:, 0].tolist() == [0, 0, 5, 0]


def test_independent_keys_are_drawn_one_by_one_and_those_of_tests_are_skipped() -> None:
    task, rng, expected = cell_of("random").task, np.random.default_rng(SEED), []
    for sequence in range(1, 451):
        expected.append(rng.choice([49, 50]))
        if sequence in (1, 200, 400):
            for _ in range(64):
                rng.choice([49, 50])
    parts = [task.sample(generator(SEED, "data"), first, n).ids[:, 0] for first, n in ((0, 1), (1, 199), (200, 250))]
    assert np.concatenate(parts).tolist() == expected


def test_alternating_keys_begin_with_x() -> None:
    assert cell_of("alternating").task.sample(generator(SEED, "data"), 64, 3).ids[:, 0].tolist() == [49, 50, 49]
