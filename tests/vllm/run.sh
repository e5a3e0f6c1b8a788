#!/usr/bin/env bash
# Runs the vLLM back end with a real vLLM for CPUs, in an environment of its own (.venv-vllm, about 2 GB).
# Where the packages cannot be had it says so in one line and succeeds; anything else that goes wrong fails.
# A torch built for CPUs may have to be found outside the index: PIP_FIND_LINKS, as for pip.
# With `--set-up` it only makes the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { echo "vllm tests: $*"; }

environment=$PWD/.venv-vllm
python=$environment/bin/python
base=$PWD/.venv/bin/python
[ -x "$base" ] || base=$(command -v python3)
uv=$PWD/.venv/bin/uv
[ -x "$uv" ] || uv=$(command -v uv) || { say "FAILED: uv is needed (pip install uv)"; exit 1; }

wanted=$(cat tests/vllm/requirements.txt tests/vllm/overrides.txt)
if [ ! -x "$python" ] || [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
  "$uv" venv --quiet --clear -p "$base" "$environment"
  packages=(-p "$python" --override tests/vllm/overrides.txt -r tests/vllm/requirements.txt)
  [ -z "${PIP_FIND_LINKS:-}" ] || packages+=(--find-links "$PIP_FIND_LINKS")
  if ! reason=$("$uv" pip install --dry-run "${packages[@]}" 2>&1); then
    rm -rf "$environment"
    say "skipped, vLLM for CPUs cannot be had here: $(tr -s ' \n' ' ' <<<"$reason" | cut -c1-300)"
    exit 0
  fi
  "$uv" pip install --quiet "${packages[@]}"
  echo "$wanted" >"$environment/installed"
fi
[ "${1:-}" != --set-up ] || exit 0

# The tests run in fathom's own environment, which starts vLLM in the other one.
"$base" -c 'import experiments, pytest' || { say "FAILED: run make .venv/.ready first"; exit 1; }
export FATHOM_VLLM_PYTHON=$python
# One thread: more than there are free cores makes vLLM many times slower.
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
# Bytecode is kept, beside the packages: importing vLLM from source takes half of the tests' time.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$environment/pycache
exec "$base" -m pytest -p no:cacheprovider -m vllm tests/vllm "$@"
