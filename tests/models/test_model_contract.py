"""What every model of ``conf/model`` promises, in every dtype; a new model is tested by existing."""

from collections.abc import Callable

import pytest

from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.testing import models
from tests.helpers import compose_config, net, nets, one_batch, random_batch, sized, skip_unless_it_goes_with

pytestmark = pytest.mark.parametrize("name", nets())
MakeCell = Callable[..., Experiment]


def start(cell: Experiment, n_seeds: int) -> Params:
    return models.drawn(cell.model, cell.task, n_seeds, cell.dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shapes_types_and_inputs_left_alone(name: str, dtype: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}")
    models.shapes_and_inputs(cell.model, start(cell, 3), one_batch(cell.task, 3), cell.task.n_outputs)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        *((kind, "float64") for kind in ("distinct", *models.KINDS)),
        *((kind, "float32") for kind in ("distinct", "padded")),
        *(pytest.param(kind, "float32", marks=pytest.mark.slow) for kind in models.KINDS if kind != "padded"),
    ],
)
def test_a_seed_alone_and_in_any_company_gives_the_same_bits(
    name: str, dtype: str, kind: str, make_cell: MakeCell
) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}", "task.p=23", *sized(name, 5))
    skip_unless_it_goes_with(cell.model, kind)
    batch = one_batch(cell.task, 33) if kind == "distinct" else random_batch(33, 23, 24, kind)
    models.seeds_apart(cell.model, start(cell, 33), batch)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["padded", "padded end"])
def test_more_padding_gives_the_same_bits(name: str, dtype: str, kind: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name), f"dtype={dtype}", "task.p=23", *sized(name, 5))
    skip_unless_it_goes_with(cell.model, kind)
    models.padding_ignored(cell.model, start(cell, 5), random_batch(5, 90, 24, kind))


def test_other_weights_of_one_seed_leave_the_others_alone(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    models.one_changed(cell.model, start(cell, 4), one_batch(cell.task, 4))


def test_a_used_tape_or_carry_changes_nothing(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    models.used_buffers(cell.model, start(cell, 3), one_batch(cell.task, 3), random_batch(3, 8, 9))


@pytest.mark.parametrize("kind", models.KINDS)
def test_both_forms_of_a_rule_agree(name: str, kind: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    skip_unless_it_goes_with(cell.model, kind)
    models.forms_agree(cell.model, start(cell, 3), random_batch(3, 8, 9, kind))


def test_initial_weights_depend_on_the_seed_only(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(*net(name))
    models.initial_weights(cell.model, cell.task)
    assert compose_config(*net(name)).model._target_.split(".")[-2] == name.split()[0]
