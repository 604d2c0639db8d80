"""That reading stored runs loads little of lagrun: neither Hydra, nor the trainer, nor what they need."""

from __future__ import annotations

import json
import subprocess
import sys

#: Modules of lagrun that may be loaded, at most.
MOST = 20

CODE = "import json, sys, lagrun.analysis.frame; print(json.dumps(sorted(sys.modules)))"


def test_reading_loads_neither_hydra_nor_the_trainer() -> None:
    loaded = json.loads(subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True).stdout)
    own = [name for name in loaded if name.split(".")[0] == "lagrun"]
    assert len(own) <= MOST
    assert {"hydra", "omegaconf", "lagrun.training", "lagrun.engines", "lagrun.models", "yaml"}.isdisjoint(loaded)
