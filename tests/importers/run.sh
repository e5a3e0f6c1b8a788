#!/usr/bin/env bash
# Has lm-evaluation-harness and Inspect write real logs and imports them, in an environment of their own
# (.venv-importers, about 750 MB, no torch). Where the packages cannot be had it says so in one line and
# succeeds; anything else that goes wrong fails. With `--set-up` it only makes the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { echo "importer tests: $*"; }

environment=$PWD/.venv-importers
python=$environment/bin/python
base=$PWD/.venv/bin/python
[ -x "$base" ] || base=$(command -v python3)
uv=$PWD/.venv/bin/uv
[ -x "$uv" ] || uv=$(command -v uv) || { say "FAILED: uv is needed (pip install uv)"; exit 1; }

wanted=$(cat tests/importers/requirements.txt)
if [ ! -x "$python" ] || [ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]; then
  "$uv" venv --quiet --clear -p "$base" "$environment"
  packages=(-p "$python" -r tests/importers/requirements.txt)
  if ! reason=$("$uv" pip install --dry-run "${packages[@]}" 2>&1); then
    rm -rf "$environment"
    say "skipped, lm-eval and inspect-ai cannot be had here: $(tr -s ' \n' ' ' <<<"$reason" | cut -c1-300)"
    exit 0
  fi
  "$uv" pip install --quiet "${packages[@]}"
  echo "$wanted" >"$environment/installed"
fi
[ "${1:-}" != --set-up ] || exit 0

# The tests run in fathom's own environment, which starts the tools in the other one.
"$base" -c 'import experiments, pytest' || { say "FAILED: run make .venv/.ready first"; exit 1; }
export FATHOM_TOOLS_PYTHON=$python
exec "$base" -m pytest -p no:cacheprovider tests/importers "$@"
