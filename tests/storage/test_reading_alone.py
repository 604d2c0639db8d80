"""That reading stored runs loads little of lagrun: neither Hydra, nor the trainer, nor what they need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

#: Modules of lagrun that may be loaded, at most.
MOST = 20

CODE = "import json, sys, lagrun; lagrun.read_runs(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


def test_reading_loads_neither_hydra_nor_the_trainer(tmp_path: Path) -> None:
    with ZipFile(Path(__file__).parent / "sweep_of_9216fb2.zip") as file:
        file.extractall(tmp_path)
    words = [sys.executable, "-c", CODE, str(tmp_path)]
    loaded = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    own = [name for name in loaded if name.split(".")[0] == "lagrun"]
    assert "lagrun.analysis.frame" in own
    assert len(own) <= MOST
    assert {"hydra", "omegaconf", "lagrun.training", "lagrun.engines", "lagrun.models", "yaml"}.isdisjoint(loaded)
