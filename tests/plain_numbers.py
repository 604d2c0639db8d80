"""ByteDMD word for word: a list for the stack, and numbers that write down which instructions a plain loop consists of.

An array of such numbers, of dtype object, has numpy go through its elements one by one, without a word of `lagrun`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import numpy as np


class Instruction(NamedTuple):
    """What is read, and the value that results, if one does; a value that is put on the stack is read from nowhere."""

    reads: tuple[int, ...]
    result: int | None = None


def depths(program: Sequence[Instruction], returned: Collection[int]) -> list[int]:
    """Depth of every read."""
    last_use = {value: t for t, each in enumerate(program) for value in (*each.reads, each.result)}
    stack: list[int] = []  # the top last
    found: list[int] = []
    for t, (reads, result) in enumerate(program):
        found += [len(stack) - stack.index(value) for value in reads]
        for value in dict.fromkeys(reads):
            stack.remove(value)
            stack.append(value)
        if result is not None:
            stack.append(result)
        stack = [value for value in stack if value in returned or last_use[value] > t]
    return found


def distance(found: Sequence[int], word: int) -> int:
    """Byte by byte."""
    return sum(math.ceil(math.sqrt(word * (depth - 1) + byte)) for depth in found for byte in range(1, word + 1))


class Program:
    """The instructions so far."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []

    def compute(self, value: Any, *operands: Any) -> Number:
        """Carry out an instruction that reads those operands that are numbers."""
        reads = tuple(operand.name for operand in operands if isinstance(operand, Number))
        name = len(self.instructions)
        self.instructions.append(Instruction(reads, name))
        return Number(value, name, self)

    def put(self, *arguments: np.ndarray) -> list[Any]:
        """Load the arguments of a function, the first one on top, and the last element on top of each."""
        loaded = [np.empty(argument.shape, object) for argument in arguments]
        for array, argument in reversed(list(zip(loaded, arguments, strict=True))):
            for index in np.ndindex(argument.shape):
                array[index] = self.compute(float(argument[index]))
        return loaded

    def depths(self, *returned: Any) -> list[int]:
        """Depth of every read, if those arrays are returned."""
        kept = [number.name for array in returned for number in np.ravel(array) if isinstance(number, Number)]
        return depths(self.instructions, kept)


class Number:
    """A number of a program; plain numbers are constants."""

    def __init__(self, value: Any, name: int, program: Program) -> None:
        self.value, self.name, self.program = value, name, program

    def __bool__(self) -> bool:
        self.program.instructions.append(Instruction((self.name,)))
        return bool(self.value)

    def __float__(self) -> float:
        raise AssertionError("a number has left the program")


def _of_two(operation: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def straight(self: Number, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # for numpy to go through it
        return self.program.compute(operation(self.value, getattr(other, "value", other)), self, other)

    def reflected(self: Number, other: Any) -> Number:
        return self.program.compute(operation(getattr(other, "value", other), self.value), other, self)

    return straight, reflected


def _of_one(operation: Callable[[Any], Any]) -> Callable[[Number], Number]:
    return lambda self: self.program.compute(operation(self.value), self)


for _name, _operation in {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}.items():
    _straight, _reflected = _of_two(_operation)
    setattr(Number, f"__{_name}__", _straight)
    setattr(Number, f"__r{_name}__", _reflected)
Number.__neg__ = _of_one(lambda a: -a)  # type: ignore[attr-defined]
Number.__abs__ = _of_one(abs)  # type: ignore[attr-defined]
for _name in ("tanh", "exp", "log", "sqrt"):  # what numpy looks for in an object
    setattr(Number, _name, _of_one(getattr(np, _name)))
