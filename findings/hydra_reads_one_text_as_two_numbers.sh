#!/usr/bin/env bash
# The same text for the same integer field of a Hydra configuration is one number in the YAML file, another when typed.
#
# hydra-core 1.3.8, omegaconf 2.3.1, the field typed as int by a dataclass. In a file `n: 010` is 8, octal as in YAML
# 1.1; typed as n=010, or from the environment by ${oc.env:N}, it is text, and as an int 10. `1:30` in a file is 90, in
# base 60; typed it is refused. Without the dataclass n=010 stays text, and `inf` is text in a file, a float if typed.
# Seen: file 8, typed 10, environment 10; file 90, typed refused; untyped: typed '010'; inf: file 'inf', typed inf.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir conf
venv/bin/python - << 'PYTHON'
import os
from dataclasses import dataclass
from math import inf
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import ConfigCompositionException


@dataclass
class Schema:
    n: int = 0


ConfigStore.instance().store("schema", Schema)


def value(in_file, *typed, head="defaults: [schema, _self_]"):
    Path("conf/config.yaml").write_text(f"{head}\nn: {in_file}\n")
    with initialize_config_dir(str(Path("conf").absolute()), version_base="1.3"):
        return compose("config", list(typed)).n


os.environ["N"] = "010"
found = value("010"), value("0", "n=010"), value("${oc.env:N}")
print("010:", found)
assert found == (8, 10, 10)
print("1:30 in a file:", value("1:30"))
assert value("1:30") == 90
try:
    value("0", "n=1:30")
except ConfigCompositionException as error:
    print("1:30 typed:", str(error.__cause__).splitlines()[0])
    assert "could not be converted to Integer" in str(error.__cause__)
else:
    raise AssertionError("taken")
untyped = value("0", "n=010", head=""), value("inf", head=""), value("0", "n=inf", head="")
print("no schema:", untyped)
assert untyped == ("010", "inf", inf)
PYTHON
