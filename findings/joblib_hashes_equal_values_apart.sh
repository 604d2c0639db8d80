#!/usr/bin/env bash
# joblib's hash of equal values differs by whether a part of them is one object twice, so Memory computes again.
#
# joblib 1.6.0. A pair of tuples written in the source is one constant, used twice; the same read from a file is two
# objects. They are equal, and hash apart: the pickle that is hashed refers back to an object it has met. Text is hashed
# alike whichever it is, and so are arrays; tuples and lists are not.
# Seen: called 3 times with equal arguments, computed 2 times; hashes of tuples, lists apart, of text and arrays alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet joblib==1.6.0 numpy==2.4.6
cd "$folder"
cat > slow.py << 'PYTHON'
import json

import joblib
import numpy as np

calls = []


def slow(layers):
    calls.append(layers)
    return len(layers)


cached = joblib.Memory("cache", verbose=0).cache(slow)
written = ((4, 0.5), (4, 0.5))
read = tuple(map(tuple, json.loads("[[4, 0.5], [4, 0.5]]")))
assert written == read
for layers in (written, read, read):
    cached(layers)
print(f"called 3 times with equal arguments, computed {len(calls)} times")
assert len(calls) == 2

two = {"tuple": (written[0], (4, float("0.5"))), "list": ([1], [1]), "text": ("a b", " ".join("ab"))}
two["array"] = (np.arange(3), np.arange(3))
alike = {kind: joblib.hash((a, a)) == joblib.hash((a, b)) for kind, (a, b) in two.items()}
print(alike)
assert alike == {"tuple": False, "list": False, "text": True, "array": True}
PYTHON
venv/bin/python slow.py
