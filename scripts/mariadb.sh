#!/usr/bin/env bash
# Starts a throwaway MariaDB server in a temporary folder, runs a command with
# HUFEN_TEST_MYSQL naming the server, and stops it again.
#
#   scripts/mariadb.sh [--durable] -- command …
#
# --durable flushes every commit to disk and gives the server 2 GB of memory, as
# a benchmark needs it; without it the server is fast and forgets on power loss.
# Works as root and as anybody else. The exit code is the command's.
set -euo pipefail

usage() {
  echo "usage: scripts/mariadb.sh [--durable] -- command …" >&2
  exit 64
}

durable=no
while [ $# -gt 0 ]; do
  case $1 in
    --durable) durable=yes; shift ;;
    --) shift; break ;;
    *) usage ;;
  esac
done
[ $# -gt 0 ] || usage

PATH=$PATH:/usr/sbin:/sbin
for tool in mariadbd mariadb-install-db mariadb-admin; do
  command -v "$tool" >/dev/null || { echo "mariadb.sh: $tool is missing, install mariadb-server" >&2; exit 69; }
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/hufen-mariadb.XXXXXX")
mkdir "$folder/tmp" # a starting server deletes what others have in a shared one
server=
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

settings=(
  --user="$(id -un)"
  --datadir="$folder/data"
  --socket="$folder/s.sock"
  --pid-file="$folder/pid"
  --tmpdir="$folder/tmp"
  --skip-networking
  --skip-log-bin
  --skip-name-resolve
  --performance-schema=off
  --max-connections=500
  --character-set-server=utf8mb4
  --collation-server=utf8mb4_bin
  --sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
)
if [ "$durable" = yes ]; then
  settings+=(--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=2G --innodb-log-file-size=512M)
else
  settings+=(--innodb-flush-log-at-trx-commit=1 --innodb-flush-method=nosync --innodb-doublewrite=0 --innodb-buffer-pool-size=256M)
fi

say_why() {
  echo "mariadb.sh: the server did not start:" >&2
  tail -n 30 "$1" >&2
  exit 70
}

TMPDIR="$folder/tmp" mariadb-install-db --no-defaults --datadir="$folder/data" --user="$(id -un)" \
  --auth-root-authentication-method=normal --skip-test-db >"$folder/install.log" 2>&1 || say_why "$folder/install.log"
mariadbd --no-defaults "${settings[@]}" >"$folder/server.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  mariadb-admin --no-defaults --socket="$folder/s.sock" --user=root ping >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || say_why "$folder/server.log"
  sleep 0.1
done
mariadb-admin --no-defaults --socket="$folder/s.sock" --user=root ping >/dev/null 2>&1 || say_why "$folder/server.log"

status=0
HUFEN_TEST_MYSQL="mysql://root@unix($folder/s.sock)/" "$@" || status=$?
exit "$status"
