"""Errors of a wrong configuration, range checks of its fields, and how its numbers are read and shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


class ConfigError(Exception):
    """The configuration is wrong; the message is one line that names key, value and what is allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


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
    """Raise `FieldError` unless `ok`, for the ``__post_init__`` of a variant.

    Parameters
    ----------
    field : str
        Name of the field, without its group.
    value : object
        Its value.
    ok : bool
        Whether the value is allowed. Write the comparison so that NaN makes it false: ``x >= 1``, not ``not x < 1``.
    allowed : str
        What would be accepted.

    Raises
    ------
    FieldError
        If not `ok`. The configuration turns it into a `ConfigError`, which also names the group.

    Examples
    --------
    >>> import lagrun
    >>> lagrun.check("delay", 0, 0 >= 1, "an integer >= 1")
    Traceback (most recent call last):
        ...
    lagrun.checks.FieldError: delay=0: must be an integer >= 1
    """
    if not ok:
        raise FieldError(field, value, allowed)


def show(value: Any) -> str:
    """A value as a user would type it, on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(show, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{show(key)}:{show(item)}' for key, item in value.items())}}}"
    return one_line(str(value))


def one_line(text: str) -> str:
    """The text on one line, with control characters and other unprintable ones escaped."""
    text = " ".join(re.split("[\n\t ]+", text.strip()))
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def ambiguous_number(text: str) -> str | None:
    """Say why a text is refused as a number, if programs do not agree on its value.

    YAML 1.1 reads ``010`` as 8 and ``1:30`` as 90. Python's ``int`` reads the first as 10, and refuses the second.

    Parameters
    ----------
    text : str
        The value as the user wrote it.

    Returns
    -------
    str or None
        What is wrong and what to write instead; None for any other text, whether it is a number or not.
    """
    if match := re.fullmatch(r"\s*([+-]?)0[0-9_]*[0-9](?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?\s*", text):
        plain = text.strip().lstrip("+-").replace("_", "").lstrip("0")
        sign = match[1].replace("+", "")
        number = f"{sign}{plain if plain[:1].isdigit() else f'0{plain}'}"
        return f"a number must not begin with 0, as YAML reads it to the base 8; write {number}"
    if re.fullmatch(r"\s*[+-]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\s*", text):
        return "a number must not hold colons, as YAML reads it to the base 60; write it in full"
    return None


def whole_number(value: Any) -> Any:
    """The integer that a number stands for, such as ``1e5`` or its text, below 2**53; any other value as it is."""
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?[eE][+]?[0-9]{1,2}\s*", value):
        number = float(value)
    else:
        number = value
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else value


def in_full(text: str) -> str | None:
    """An integer such as ``100k`` or ``1.5M`` written out; None for any other text."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([kKmM])", text)
    number = float(match[1]) * {"k": 1e3, "m": 1e6}[match[2].lower()] if match else 0.5
    return str(round(number)) if number == round(number) else None


def check_learning_rate(learning_rate: float, clip_norm: float | None) -> None:
    """Check the two fields that every optimiser has."""
    check("learning_rate", learning_rate, 0 < learning_rate < float("inf"), "a finite number > 0")
    check("clip_norm", clip_norm, clip_norm is None or 0 < clip_norm < float("inf"), "null or a finite number > 0")


def speaks_for(cls: type, method: str, others: Iterable[str]) -> bool:
    """Tell whether a class has `method`, and whether it still agrees with the class's methods `others`.

    It may disagree if a subclass redefines one of `others` but inherits `method`. The answer is then False.
    """
    for ancestor in cls.__mro__:
        if method in vars(ancestor):
            return True
        if any(other in vars(ancestor) for other in others):
            return False
    return False
