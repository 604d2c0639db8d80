"""Range checks of configuration fields."""

from __future__ import annotations

from typing import Any


class FieldError(ValueError):
    """A field of a variant is out of range.

    Parameters
    ----------
    field : str
        Name of the field, without its group.
    value : object
        The value that was refused.
    allowed : str
        What would be accepted.
    """

    def __init__(self, field: str, value: Any, allowed: str) -> None:
        super().__init__(f"{field}={value}: must be {allowed}")
        self.field, self.value, self.allowed = field, value, allowed


def check(field: str, value: Any, ok: bool, allowed: str) -> None:
    """Raise `FieldError` unless `ok`. Phrase `ok` so that NaN is refused."""
    if not ok:
        raise FieldError(field, value, allowed)


def check_learning_rate(learning_rate: float, clip_norm: float | None) -> None:
    """Check the two fields that every optimiser has."""
    check("learning_rate", learning_rate, 0 < learning_rate < float("inf"), "a finite number > 0")
    check("clip_norm", clip_norm, clip_norm is None or clip_norm > 0, "null or a number > 0")
