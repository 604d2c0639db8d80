#!/usr/bin/env bash
# Hydra's record of what was typed, hydra.overrides, is itself configuration: reading it resolves, or fails.
#
# hydra-core 1.3.8, omegaconf 2.3.1. The texts of the overrides are stored as values, so one that holds `${...}` is an
# interpolation there: reading the list gives text with the value filled in, not what was typed, and fails where the
# value is not known yet, as ${hydra.job.num} is before a job starts. OmegaConf.to_container gives what was typed.
# Seen: 'name=from_environment' for name=${oc.env:NAME}; InterpolationToMissingValueError for ${hydra.job.num}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir conf
echo 'name: x' > conf/config.yaml
NAME=from_environment venv/bin/python - << 'PYTHON'
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationToMissingValueError


def overrides(typed):
    with initialize_config_dir(str(Path("conf").absolute()), version_base="1.3"):
        return compose("config", [typed], return_hydra_config=True).hydra.overrides


found = overrides("name=${oc.env:NAME}")
print("read:", list(found.task), "stored:", OmegaConf.to_container(found.task))
assert list(found.task) == ["name=from_environment"]
assert OmegaConf.to_container(found.task) == ["name=${oc.env:NAME}"]
found = overrides("hydra.sweep.subdir=${hydra.job.num}")
try:
    list(found.hydra)
except InterpolationToMissingValueError as error:
    print("read:", str(error).splitlines()[0])
else:
    raise AssertionError("read")
PYTHON
