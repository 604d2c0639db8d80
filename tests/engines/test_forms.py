"""Which models have a compiled net: lagrun's own, what is registered, and subclasses that compute nothing anew."""

from typing import Any

import pytest

from lagrun.engines.compiled import forms
from lagrun.engines.compiled.nets import elman, lstm1997_bag, lstm1997_sequence, lstm1997_step
from lagrun.models.elman import Elman
from lagrun.training.admission import build
from tests.helpers import compose_config


class Same(Elman):
    """Adds nothing to a step."""


class Other(Elman):
    """Computes something else."""

    def forward(self, params: Any, batch: Any, tape: Any = None) -> Any:
        """Return what cannot be compiled."""
        return super().forward(params, batch, tape)


def a_model(cls: type) -> Any:
    return cls(2, "logistic", "layered", True, 0.1, "bptt", 10)


def test_a_subclass_has_the_net_of_its_base_unless_it_computes_something_else() -> None:
    assert forms.form_of(a_model(Same))(a_model(Same), False, False) is elman.net
    with pytest.raises(ValueError, match="Other has no compiled form"):
        forms.form_of(a_model(Other))


def test_a_registered_net_is_that_of_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_forms", dict(forms._forms))
    forms.register(Other, lambda model, by_step, only_at_end: (model, by_step, only_at_end))  # type: ignore[arg-type]
    model = a_model(Other)
    assert forms.form_of(model)(model, True, False) == (model, True, False)
    assert forms.form_of(a_model(Elman))(a_model(Elman), False, False) is elman.net


@pytest.mark.parametrize(
    ("recurrence", "by_step", "only_at_end", "expected"),
    [
        ("true", True, False, lstm1997_step),
        ("true", False, True, lstm1997_sequence),
        ("false", False, False, lstm1997_sequence),
        ("false", False, True, lstm1997_bag),
    ],
)
def test_lstm1997_has_a_net_for_each_way_of_learning(
    recurrence: str, by_step: bool, only_at_end: bool, expected: Any
) -> None:
    preset = ("+experiment=paper_2c", f"model.hidden_recurrence={recurrence}")
    model = build(compose_config(*preset)).model
    assert forms.form_of(model)(model, by_step, only_at_end) is expected.net
