#!/usr/bin/env bash
# Starts a MariaDB Galera cluster of three nodes on the loopback interface, runs a
# command with HUFEN_GALERA naming them, and stops it again.
#
#   scripts/galera.sh command …
#
# HUFEN_GALERA holds, for each node, its process and its address:
#   "1234 mysql://root@unix(/tmp/x/n1/s.sock)/
#    1235 mysql://root@unix(/tmp/x/n2/s.sock)/ …"
# Every commit is flushed to disk. Galera's state transfer does not work as root:
# as root the servers run as the account mysql. Exit code 69: something that a
# cluster needs is not installed; else the command's.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: scripts/galera.sh command …" >&2; exit 64; }

PATH=$PATH:/usr/sbin:/sbin
missing() {
  echo "galera.sh: $1" >&2
  exit 69
}
for tool in mariadbd mariadb-install-db mariadb rsync; do
  command -v "$tool" >/dev/null || missing "$tool is missing, install mariadb-server, galera-4 and rsync"
done
provider=
for library in /usr/lib/libgalera_smm.so /usr/lib/galera/libgalera_smm.so /usr/lib64/galera-4/libgalera_smm.so /usr/lib64/galera/libgalera_smm.so; do
  if [ -e "$library" ]; then provider=$library; fi
done
[ -n "$provider" ] || missing "libgalera_smm.so is missing, install galera-4"
account=$(id -un)
if [ "$(id -u)" = 0 ]; then
  account=mysql
  id "$account" >/dev/null 2>&1 || missing "there is no account mysql for the servers, and they cannot run as root"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/hufen-galera.XXXXXX")
chmod 755 "$folder"
servers=()
stop() {
  for server in "${servers[@]}"; do
    kill -9 "$server" 2>/dev/null || true
    tail --pid="$server" -f /dev/null # waits until it is gone
  done
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Ten ports for each node, from a base where nobody listens.
is_free() { ! (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null; }
find_base() {
  local base try port
  for try in $(seq 50); do
    base=$((20000 + RANDOM % 400 * 30))
    for port in $(seq "$base" $((base + 29))); do
      is_free "$port" || continue 2
    done
    echo "$base"
    return
  done
  return 1
}
base=$(find_base) || missing "no free ports were found"
group() { echo $((base + ($1 - 1) * 10 + 1)); } # of a node's group communication
cluster="gcomm://127.0.0.1:$(group 1),127.0.0.1:$(group 2),127.0.0.1:$(group 3)"

say_why() {
  echo "galera.sh: node $1 did not start:" >&2
  tail -n 30 "$folder/n$1/server.log" >&2
  exit 70
}

ask() { mariadb --no-defaults --socket="$folder/n$1/s.sock" --user=root --batch --skip-column-names -e "$2" 2>/dev/null; }

start() { # node, further options
  local node=$1 at="$folder/n$1" first
  first=$((base + (node - 1) * 10))
  mkdir -p "$at/tmp" "$at/data"
  if [ "$(id -u)" = 0 ]; then chown -R "$account" "$at"; fi
  TMPDIR="$at/tmp" mariadb-install-db --no-defaults --datadir="$at/data" --user="$account" \
    --auth-root-authentication-method=normal --skip-test-db >"$at/server.log" 2>&1 || say_why "$node"
  mariadbd --no-defaults --user="$account" --datadir="$at/data" --socket="$at/s.sock" --pid-file="$at/pid" --tmpdir="$at/tmp" \
    --bind-address=127.0.0.1 --port="$first" --skip-name-resolve --performance-schema=off --max-connections=300 \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
    --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=128M --innodb-log-file-size=32M \
    --binlog-format=ROW --innodb-autoinc-lock-mode=2 \
    --wsrep-on=ON --wsrep-provider="$provider" --wsrep-cluster-name="hufen-$base" --wsrep-cluster-address="$cluster" \
    --wsrep-node-name="n$node" --wsrep-node-address="127.0.0.1:$((first + 1))" --wsrep-node-incoming-address="127.0.0.1:$first" \
    --wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:$((first + 3))" \
    --wsrep-provider-options="base_host=127.0.0.1;base_port=$((first + 1));gmcast.listen_addr=tcp://127.0.0.1:$((first + 1));ist.recv_addr=127.0.0.1:$((first + 2));gcache.size=64M" \
    "${@:2}" >>"$at/server.log" 2>&1 &
  servers+=($!)
  disown # the command may kill it, which is no news
  for _ in $(seq 1200); do
    [ "$(ask "$node" "SHOW STATUS LIKE 'wsrep_local_state_comment'" | cut -f2)" = Synced ] && return
    kill -0 "${servers[-1]}" 2>/dev/null || say_why "$node"
    sleep 0.1
  done
  say_why "$node"
}

start 1 --wsrep-new-cluster
start 2
start 3
nodes=
for node in 1 2 3; do
  nodes+="${servers[$((node - 1))]} mysql://root@unix($folder/n$node/s.sock)/"$'\n'
done

status=0
HUFEN_GALERA="$nodes" "$@" || status=$?
exit "$status"
