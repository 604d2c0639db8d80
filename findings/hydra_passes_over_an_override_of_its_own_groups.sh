#!/usr/bin/env bash
# An experiment's `override` of one group is obeyed, of another silently passed over, by how the main file names them.
#
# hydra-core 1.3.8, omegaconf 2.3.1. The main file has `- optimiser: adam` and `- override hydra/job_logging: disabled`;
# the experiment, composed after it, has `- override /optimiser: sgd` and `- override /hydra/job_logging: stdout`. The
# first is obeyed. The second is not, and nothing is said: of two overrides of a group the main file's counts, although
# of values the later file's does. Typed, hydra/job_logging=stdout is obeyed.
# Seen: optimiser sgd, job_logging disabled; typed: stdout.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir -p conf/optimiser conf/experiment
echo 'name: adam' > conf/optimiser/adam.yaml
echo 'name: sgd' > conf/optimiser/sgd.yaml
cat > conf/config.yaml << 'YAML'
defaults:
  - optimiser: adam
  - _self_
  - override hydra/job_logging: disabled
value: 1
YAML
cat > conf/experiment/mine.yaml << 'YAML'
# @package _global_
defaults:
  - override /optimiser: sgd
  - override /hydra/job_logging: stdout
value: 2
YAML
venv/bin/python - << 'PYTHON'
from pathlib import Path

from hydra import compose, initialize_config_dir


def choices(*typed):
    with initialize_config_dir(str(Path("conf").absolute()), version_base="1.3"):
        config = compose("config", ["+experiment=mine", *typed], return_hydra_config=True)
    return config.value, config.optimiser.name, config.hydra.runtime.choices["hydra/job_logging"]


print("experiment:", choices())
assert choices() == (2, "sgd", "disabled")
print("and typed:", choices("hydra/job_logging=stdout"))
assert choices("hydra/job_logging=stdout") == (2, "sgd", "stdout")
PYTHON
