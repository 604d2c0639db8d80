"""Range checks of configuration fields."""

from __future__ import annotations

from collections.abc import Iterable
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


def speaks_for(cls: type, method: str, others: Iterable[str]) -> bool:
    """Tell whether a class has a method that was written with others of its methods in view.

    It is not so if a subclass of the class that defines `method` defines one of `others` anew.
    """
    for ancestor in cls.__mro__:
        if method in vars(ancestor):
            return True
        if any(other in vars(ancestor) for other in others):
            return False
    return False
