#!/usr/bin/env bash
# tests/beside.sh NAME: runs tests/NAME with the packages of tests/NAME/requirements.txt, which are too large, or
# want other versions of what fathom has, for its own environment: in .venv-NAME, in front of that one.
# Where the packages cannot be had it says so in one line and succeeds; anything else that goes wrong fails.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
shift

say() { echo "$name tests: $*"; }

environment=$PWD/.venv-$name
python=$environment/bin/python
base=$PWD/.venv/bin/python
uv=$PWD/.venv/bin/uv
"$base" -c 'import experiments, pytest' || { say "FAILED: run make .venv/.ready first"; exit 1; }

wanted=$(cat "tests/$name/requirements.txt")
if [ ! -x "$python" ] || [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
  "$uv" venv --quiet --clear -p "$base" "$environment"
  packages=(-p "$python" -r "tests/$name/requirements.txt")
  if ! reason=$("$uv" pip install --dry-run "${packages[@]}" 2>&1); then
    rm -rf "$environment"
    say "skipped, the packages cannot be had here: $(tr -s ' \n' ' ' <<<"$reason" | cut -c1-300)"
    exit 0
  fi
  "$uv" pip install --quiet "${packages[@]}"
  # All else comes from fathom's own environment, behind what these need in versions of their own.
  ours=$("$base" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  theirs=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  echo "import site; site.addsitedir('$ours')" >"$theirs/fathom.pth"
  echo "$wanted" >"$environment/installed"
fi

export FATHOM_BESIDE_PYTHON=$python
exec "$base" -m pytest -p no:cacheprovider -m "$name" "tests/$name" "$@"
