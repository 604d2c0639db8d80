"""What Hydra parses anew for each of a thousand commands, though it is the same text, is parsed once a process.

Half of the time that a command takes in a test is parsing overrides and YAML files. Texts that are refused are parsed
anew, as their errors name the place; so are overrides with functions, which may draw random numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf._utils import get_yaml_loader


@contextmanager
def parsed_once() -> Iterator[None]:
    """Keep what was parsed."""
    parse_rule, load = OverridesParser.parse_rule, yaml.load

    @cache
    def override(text: str, rule: str) -> Any:
        return parse_rule(OverridesParser.create(), text, rule)

    @cache
    def content(text: str) -> Any:
        return load(text, Loader=get_yaml_loader())

    def parse_rule_once(self: OverridesParser, s: str, rule_name: str) -> Any:
        return parse_rule(self, s, rule_name) if "(" in s else deepcopy(override(s, rule_name))

    def load_once(stream: Any, Loader: type) -> Any:
        if not (hasattr(stream, "seek") and Loader.__name__ == get_yaml_loader().__name__):
            return load(stream, Loader=Loader)
        try:
            return deepcopy(content(stream.read()))
        except yaml.YAMLError:
            stream.seek(0)
            return load(stream, Loader=Loader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OverridesParser, "parse_rule", parse_rule_once)
        patch.setattr(yaml, "load", load_once)
        yield
