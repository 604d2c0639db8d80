"""The folder ``.hydra`` of a run, as Hydra writes it for a run of its own.

Nearly all of Hydra's configuration is the same in all runs of a cell; it is turned into text once per block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from lagrun.config.overrides import override_dirname

#: Keys of Hydra's configuration that differ between the runs of a cell.
PER_RUN = ("overrides", "job", "runtime")

HEAD = "hydra:\n"


def shared_texts(hydra: Mapping[str, Any]) -> dict[str, str]:
    """Give the YAML text of each key of Hydra's configuration, except those in `PER_RUN`."""
    return {key: _below_head(key, node) for key, node in hydra.items() if key not in PER_RUN}


def hydra_files(
    hydra: Mapping[str, Any], shared: Mapping[str, str], seed: int, index: int, folder: str
) -> dict[str, str]:
    """Give name and content of the files that describe a run, except its configuration.

    Parameters
    ----------
    hydra : mapping
        Hydra's own configuration of the cell, below the key ``hydra``.
    shared : mapping
        From `shared_texts`.
    seed, index : int
        Seed and number of the run.
    folder : str
        Absolute path of the run's folder.
    """
    overrides = [text for text in hydra["overrides"]["task"] if not text.startswith("seed=")] + [f"seed={seed}"]
    name = override_dirname(overrides, hydra["job"]["config"]["override_dirname"])
    own = {
        "overrides": hydra["overrides"] | {"task": overrides},
        "job": hydra["job"] | {"num": index, "id": str(index), "override_dirname": name},
        "runtime": hydra["runtime"] | {"output_dir": folder},
    }
    texts = {**shared, **{key: _below_head(key, node) for key, node in own.items()}}
    return {"hydra.yaml": HEAD + "".join(texts[key] for key in hydra), "overrides.yaml": _yaml(overrides)}


def _below_head(key: str, node: Any) -> str:
    return _yaml({"hydra": {key: node}}).removeprefix(HEAD)


def _yaml(content: Any) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the C one is ten times faster
    try:
        return str(yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True))
    except UnicodeEncodeError:  # a file's name that is no UTF-8, which the other writes as "\uDCFF"
        return str(yaml.dump(content, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True))
