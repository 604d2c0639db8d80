"""A stored run is read back as a net only if its weights are those of its model."""

import shutil
from pathlib import Path

import pytest

from lagrun.analysis.stored_run import read_run
from lagrun.checks import ConfigError
from lagrun.storage import files
from tests.trained_runs import with_snapshots


def test_weights_of_a_model_that_has_changed_are_refused(tmp_path: Path) -> None:
    run = with_snapshots(tmp_path / "run")
    changed = shutil.copytree(run.folder, tmp_path / "changed")
    result = files.read_result(changed)
    assert result is not None
    result["config"]["model"]["hidden_size"] = 5
    files.write_result(changed, {name: value for name, value in result.items() if name != "schema_version"})
    with pytest.raises(ConfigError, match="its stored weights are not those of its model"):
        read_run(changed)
