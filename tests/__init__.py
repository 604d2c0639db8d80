"""The tests, in folders named as the rooms of lagrun; what several of them need lies beside them."""

import pytest

pytest.register_assert_rewrite(
    "tests.helpers", "tests.resumed", "tests.execution.blocks", "tests.report.browser", "tests.training.interrupted"
)
