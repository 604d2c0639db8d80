#!/usr/bin/env bash
# With -m, Hydra refuses a value of a key that only swept configurations have, and takes two values of it.
#
# hydra-core 1.3.8. A multirun first composes its usual configuration, with all overrides but lists of values. A key
# that this one lacks ends there, though each job has it: "Could not override". A list skips that step and is tried job
# by job, also a list of one, key=choice(3). So -m group=b key=3 works, -m group=b,c key=3 is refused, and
# -m group=b,c key=3,4 works.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.0
cd "$folder"
mkdir -p conf/net
printf 'defaults: [{net: a}]\n' > conf/config.yaml
printf 'size: 1\n' > conf/net/a.yaml
printf 'size: 1\nbias: 0\n' | tee conf/net/b.yaml > conf/net/c.yaml
cat > app.py << 'PYTHON'
import hydra


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config):
    print("net.bias", config.net.bias)


main()
PYTHON
run() {
    if venv/bin/python app.py -m "$@" > out.txt 2>&1; then
        grep -c "^net.bias" out.txt
    else
        grep -o "Could not override 'net.bias'" out.txt
    fi
}
test "$(run net=b net.bias=3)" = 1
test "$(run net=b,c net.bias=3)" = "Could not override 'net.bias'"
test "$(run net=b,c net.bias=3,4)" = 4
test "$(run net=b,c 'net.bias=choice(3)')" = 2
echo "one value: $(run net=b,c net.bias=3); a list of one: $(run net=b,c 'net.bias=choice(3)') jobs"
