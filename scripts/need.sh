#!/usr/bin/env bash
# Makes sure the programs the tests need are there. Installs what is missing with
# apt-get when it may, and says exactly what is missing when it may not.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin

has() { command -v "$1" >/dev/null 2>&1; }
has_browser() { has chromium || has chromium-browser; }
has_chinese_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn family)" ]; }

missing() {
  { has mariadbd && has mariadb-install-db; } || echo mariadb-server
  has_browser || echo chromium
  has_chinese_font || printf '%s\n' fonts-noto-cjk fontconfig
  has zbarimg || echo zbar-tools
  has pdftoppm || echo poppler-utils
}

tools=0
for tool in go node npm make git; do
  has "$tool" || { echo "need.sh: $tool is missing; install it by hand (Go 1.26, Node 20.19 or newer)" >&2; tools=1; }
done
[ "$tools" = 0 ] || exit 69

mapfile -t packages < <(missing)
[ ${#packages[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
  root=()
elif has sudo && sudo -n true 2>/dev/null; then
  root=(sudo -n)
else
  echo "need.sh: missing, and not allowed to install it: ${packages[*]}" >&2
  echo "need.sh: as root: apt-get install --no-install-recommends ${packages[*]}" >&2
  exit 69
fi
has apt-get || { echo "need.sh: missing, and no apt-get to install it: ${packages[*]}" >&2; exit 69; }

echo "need.sh: installing ${packages[*]}"
{
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${packages[@]}"
} || { echo "need.sh: apt-get could not install: ${packages[*]}" >&2; exit 69; }

mapfile -t packages < <(missing)
[ ${#packages[@]} = 0 ] || { echo "need.sh: still missing after installing: ${packages[*]}" >&2; exit 69; }
