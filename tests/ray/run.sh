#!/usr/bin/env bash
# Runs the launcher `ray` with a real Ray, on a cluster of two nodes on this machine (.venv-ray, about 400 MB).
# Where the packages cannot be had it says so in one line and succeeds; anything else that goes wrong fails.
# With `--set-up` it only makes the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { echo "ray tests: $*"; }

environment=$PWD/.venv-ray
python=$environment/bin/python
base=$PWD/.venv/bin/python
uv=$PWD/.venv/bin/uv
"$base" -c 'import experiments, pytest' || { say "FAILED: run make .venv/.ready first"; exit 1; }

wanted=$(cat tests/ray/requirements.txt)
if [ ! -x "$python" ] || [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
  "$uv" venv --quiet --clear -p "$base" "$environment"
  packages=(-p "$python" -r tests/ray/requirements.txt)
  if ! reason=$("$uv" pip install --dry-run "${packages[@]}" 2>&1); then
    rm -rf "$environment"
    say "skipped, Ray cannot be had here: $(tr -s ' \n' ' ' <<<"$reason" | cut -c1-300)"
    exit 0
  fi
  "$uv" pip install --quiet "${packages[@]}"
  # All else comes from fathom's own environment, behind what Ray needs in versions of its own.
  ours=$("$base" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  theirs=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  echo "import site; site.addsitedir('$ours')" >"$theirs/fathom.pth"
  echo "$wanted" >"$environment/installed"
fi
[ "${1:-}" != --set-up ] || exit 0

export FATHOM_RAY_PYTHON=$python RAY_USAGE_STATS_ENABLED=0
exec "$base" -m pytest -p no:cacheprovider -m ray tests/ray "$@"
