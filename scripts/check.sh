#!/bin/sh
# Format, lint, types, import contracts; then how often the code steps around them.
# Every gate runs, whatever the ones before it said. Expects the tools on the PATH (`make check` sees to it).
set -u
cd "$(dirname "$0")/.." || exit 2
failed=

gate() {
    printf '%s\n' "── $*"
    "$@" || failed="$failed
  $*"
}

gate ruff format --check --quiet .
gate ruff check --quiet .
gate mypy
gate lint-imports --no-logo
printf '%s\n' '── steps around the gates'
python scripts/counts.py

[ -z "$failed" ] || {
    echo "Not passed:$failed" >&2
    exit 1
}
