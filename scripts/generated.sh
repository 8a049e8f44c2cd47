#!/usr/bin/env bash
# Fails when generating the code again would change it.
set -euo pipefail
cd "$(dirname "$0")/.."

sums() { git ls-files -z '*.gen.go' '*.gen.ts' | xargs -0 -r sha256sum; }

before=$(sums)
make --no-print-directory generate
after=$(sums)
changed=$(diff <(echo "$before") <(echo "$after") | awk '/^>/ {print $3}' || true)
if [ -n "$changed" ]; then
  echo "generated code was not up to date, now it is; commit it:" >&2
  echo "$changed" >&2
  exit 1
fi
