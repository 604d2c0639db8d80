"""Refuses numbers in YAML files that are not what they look like: ``010`` is 8, and ``1:30`` is 90."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import yaml

from lagrun.checks import ConfigError, ambiguous_number

#: Matches such a number anywhere in a text; few texts have a match, so that the others need no parsing.
SUSPECT = r"(?<![\w.])[+-]?(0[0-9_]*[0-9]|[0-9][0-9_]*:[0-5]?[0-9])"

#: Tags of numbers, whether YAML infers them or the file writes them.
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def check_numbers(text: str, name: str) -> None:
    """Refuse a YAML text with a number that YAML 1.1 reads to the base 8 or 60.

    Parameters
    ----------
    text : str
        Content of a file.
    name : str
        What the file is called, for the message.

    Raises
    ------
    ConfigError
        At the first such number, with its key. Quoted text is no number; invalid YAML is not reported here.
    """
    if not re.search(SUSPECT, text):
        return
    root = None
    with suppress(yaml.YAMLError):
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, node in _scalars(root, "", set()):
        if node.tag in NUMBERS and (why := ambiguous_number(node.value)):
            raise ConfigError(f"{name}: {key}: {node.value}: {why}")


def _scalars(node: yaml.Node | None, key: str, met: set[int]) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """List the scalars of a document with their keys; the target of an alias is listed once."""
    if node is None or id(node) in met:
        return
    met.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield key, node
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _scalars(item, f"{key}[{index}]", met)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = str(name.value)
            yield from _scalars(value, f"{key}.{inner}" if key else inner, met)
