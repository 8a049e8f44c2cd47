#!/usr/bin/env bash
# Proves the promises of docs/ledger.md by breaking things, in full: see
# internal/prove. Every line that begins with "prove:" has the counts of one
# scenario; lost and doubled have to be 0 in all of them.
#
#   scripts/prove.sh [seed]
#
# FUZZ_SECONDS is how long each fuzz target runs, 60 without it; SEQUENCES how
# many random lives the model is compared with on each database, 2000 without it.
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${1:-$RANDOM$RANDOM}
fuzz_seconds=${FUZZ_SECONDS:-60}
sequences=${SEQUENCES:-2000}
failed=()

echo "prove: everything with seed $seed; again with: scripts/prove.sh $seed"

# Runs a step and says how it ended; what it said is in $last, and shown if it
# failed.
step() {
  local name=$1 begun=$SECONDS
  shift
  if "$@" >"$last" 2>&1; then
    echo "prove: $name · passed in $((SECONDS - begun)) s"
  else
    failed+=("$name")
    grep -v '^=== \| INFO migrated\|no tests to run\|no test files' "$last" | tail -n 100 || true
    echo "prove: $name · FAILED after $((SECONDS - begun)) s"
  fi
}
last=$(mktemp)
trap 'rm -f "$last"' EXIT

tampering() {
  scripts/mariadb.sh -- go test -count=1 -timeout 20m -p 2 -v -run 'Tamper|AllComputedAnew|NewestGone|CoverWhatHasNoEntry' ./internal/...
}
model() {
  scripts/mariadb.sh -- go test -count=1 -timeout 20m -v -run TestRandomLives ./internal/proof \
    -rapid.checks="$sequences" -rapid.seed="$seed" -rapid.nofailfile
}
statements() {
  scripts/mariadb.sh -- go test -count=1 -timeout 10m -v -run 'StatementFails|CommitLost|BadNeighbour|TwoInstances|InTx|KeepingConn' ./internal/...
}
fuzz() { go test -run '^$' -fuzz "^$2\$" -fuzztime "${fuzz_seconds}s" -parallel 2 "./internal/$1"; }

# The harness is watched: each of its scenarios takes a while.
begun=$SECONDS
go test -count=1 -timeout 40m ./internal/prove -full -seed "$seed" -v 2>&1 |
  { grep --line-buffered -v '^=== \|^ *--- PASS\|^PASS\|^ok' || true; } || failed+=("the harness")
echo "prove: the harness took $((SECONDS - begun)) s"

step "tampering" tampering
awk '/ changes/ { for (i = 2; i <= NF; i++) if ($i ~ /^changes/) tried += $(i - 1); if (match($0, /[0-9]+ not found/)) missed += substr($0, RSTART) + 0 }
  END { printf "prove: %-28s · mutations %d · found %d · not found %d\n", "Tampering", tried, tried - missed, missed }' "$last"

step "random lives" model
awk -v s="$sequences" -v seed="$seed" '/ operations$/ { n += $(NF - 1); d++ }
  END { printf "prove: %-28s · databases %d · sequences %d · operations %d · seed %s\n", "RandomLives", d, d * s, n, seed }' "$last"

step "forced errors in the packages" statements

for target in ledger:FuzzCanonical ledger:FuzzParseKept household:FuzzParseCode sheet:FuzzRead api/contract:FuzzCheckBody; do
  step "fuzz ${target#*:}" fuzz "${target%%:*}" "${target#*:}"
  awk -v t="${target#*:}" '/execs:/ { n = $0; sub(/.*execs: /, "", n); sub(/ .*/, "", n) }
    END { printf "prove: %-28s · inputs %d\n", t, n }' "$last"
done

if [ ${#failed[@]} -gt 0 ]; then
  echo "prove: FAILED: ${failed[*]}"
  exit 1
fi
echo "prove: everything held, in $((SECONDS / 60)) min"
