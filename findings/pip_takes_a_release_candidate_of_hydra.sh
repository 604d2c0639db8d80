#!/usr/bin/env bash
# pip installs a release candidate of Hydra, and one of OmegaConf, with a launcher plugin; uv installs neither.
#
# pip 26.3, uv 0.13.9, hydra-joblib-launcher 1.2.0, whose metadata asks for hydra-core>=1.1.0.dev7. The pre-release in
# that bound lets pip take pre-releases of hydra-core without --pre, beside a plain "hydra-core>=1.3" too, and so the
# newest on the index, which in turn asks for a pre-release of omegaconf. uv takes them only where the user names them.
# Seen: pip hydra-core 1.4.0rc3, omegaconf 2.4.1rc1; uv hydra-core 1.3.8, omegaconf 2.3.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pip==26.3 uv==0.13.9
cd "$folder"
printf '%s\n' "hydra-core>=1.3" hydra-joblib-launcher==1.2.0 > requirements.txt
venv/bin/pip install --quiet --dry-run --ignore-installed --report pip.json --requirement requirements.txt
venv/bin/uv pip compile --quiet --no-annotate --no-header requirements.txt > uv.txt
venv/bin/python - << 'PYTHON'
import json
from pathlib import Path

installed = [each["metadata"] for each in json.loads(Path("pip.json").read_text())["install"]]
by_pip = {each["name"]: each["version"] for each in installed}
by_uv = dict(line.split("==") for line in Path("uv.txt").read_text().split())
names = ("hydra-core", "omegaconf")
print("pip", [by_pip[name] for name in names], "uv", [by_uv[name] for name in names])
(plugin,) = [each for each in installed if each["name"] == "hydra-joblib-launcher"]
assert any("hydra-core" in text and ">=1.1.0.dev7" in text for text in plugin["requires_dist"])
assert all("rc" in by_pip[name] for name in names)
assert not any("rc" in by_uv[name] for name in names)
PYTHON
