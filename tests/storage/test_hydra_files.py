"""The files beside a run, against Hydra's whole configuration turned into text at once."""

import copy

import yaml

from lagrun.storage.hydra_files import hydra_files, shared_texts

HYDRA = {
    "run": {"dir": "outputs/${now:%Y}"},
    "overrides": {"hydra": ["hydra.mode=MULTIRUN"], "task": ["task.p=6", "seed=0", "budget=1"]},
    "help": {"template": "two\nlines: of text, " + "long " * 40},
    "job": {
        "name": "lagrun",
        "override_dirname": "???",
        "num": "???",
        "id": "???",
        "config": {"override_dirname": {"kv_sep": "=", "item_sep": ",", "exclude_keys": []}},
    },
    "runtime": {"cwd": "/here", "output_dir": "???", "choices": {"model": "lstm", "none": None}},
    "mode": "MULTIRUN",
    "verbose": False,
}


def test_files_are_those_of_the_whole_configuration_with_the_run_s_own_values() -> None:
    before = copy.deepcopy(HYDRA)
    files = hydra_files(HYDRA, shared_texts(HYDRA), 5, 17, "/there/seed=5")
    assert before == HYDRA
    expected = copy.deepcopy(HYDRA)
    expected["overrides"]["task"] = ["task.p=6", "budget=1", "seed=5"]  # type: ignore[index]
    expected["job"] |= {"num": 17, "id": "17", "override_dirname": "budget=1,seed=5,task.p=6"}  # type: ignore[operator]
    expected["runtime"]["output_dir"] = "/there/seed=5"  # type: ignore[index]
    assert files["hydra.yaml"] == yaml.safe_dump({"hydra": expected}, sort_keys=False, allow_unicode=True)
    assert yaml.safe_load(files["overrides.yaml"]) == ["task.p=6", "budget=1", "seed=5"]
    assert set(files) == {"hydra.yaml", "overrides.yaml"}
