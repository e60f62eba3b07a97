# Sourced by ./run and ./test: installs what is missing, finds Node, builds. Prints what it does.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-3G}"
mkdir -p build

say() { printf '%s\n' "$*"; }
stop_because() { printf 'error: %s\n' "$1" >&2; [ $# -lt 2 ] || printf '  cure: %s\n' "$2" >&2; exit 1; }

need_space() {  # need_space MEGABYTES FOR
  local free; free=$(df -Pm "$root" | awk 'NR==2{print $4}')
  [ "$free" -ge "$1" ] || stop_because "only $free MB are free on the disk of $root; $2 needs $1 MB" "free some space and start again"
}

# Packages of the list that this machine lacks. $1: run or test (test includes run).
missing_packages() {
  local program package use installed
  installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ') "
  while read -r program package use; do
    case "$program" in ''|'#'*) continue ;; esac
    [ "$use" = run ] || [ "$1" = test ] || continue
    if [ "$program" != - ] && command -v "$program" >/dev/null; then continue; fi
    case "$installed" in *" $package "*) continue ;; esac
    printf '%s ' "$package"
  done <tools/setup/packages.txt
}

check_distribution() {
  local id version
  id=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-unknown}")
  version=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_ID:-}")
  [ "$id $version" = "debian 12" ] || stop_because "this is $id $version; Qala's packages come from Debian 12 (bookworm)" \
    "use a Debian 12 machine, or install by hand: $1"
}

apt_failed() {  # apt_failed LOG
  local text; text=$(tail -n 40 "$1")
  case "$text" in
    *"No space left"*) stop_because "the disk is full" "free some space and start again" ;;
    *certificate*|*Certificate*) stop_because "the package mirror's certificate is not trusted here" \
      "put your authority's certificate into /usr/local/share/ca-certificates/NAME.crt and run update-ca-certificates" ;;
    *"Could not resolve"*|*"Temporary failure"*|*"Could not connect"*|*"Unable to connect"*|*"Network is unreachable"*|*"Failed to fetch"*|*"timed out"*)
      stop_because "the package mirror cannot be reached" "connect this machine to the network, or set apt's proxy (Acquire::http::Proxy), and start again" ;;
    *"Could not get lock"*|*"held by"*) stop_because "another package manager is running" "wait until it has finished and start again" ;;
  esac
  printf '%s\n' "$text" | tail -n 8 >&2
  stop_because "installing packages failed, see above and $1" "start again when it is mended"
}

# No daemon starts because its package was installed: RUNLEVEL says "single user".
apt() { env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=8 \
  -o Acquire::https::Timeout=8 -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=120 "$@"; }

install_packages() {  # install_packages run|test
  local list; list=$(missing_packages "$1")
  if ! command -v npm >/dev/null && [ ! -x "$(node_path)/node" ]; then list+="nodejs npm "; fi
  [ -n "$list" ] || return 0
  local line="apt-get install -y --no-install-recommends $list"
  check_distribution "$line"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo -E"
    elif command -v sudo >/dev/null && [ -t 0 ]; then as_root="sudo -E"
    else stop_because "packages are missing and this user may not install any" "ask an administrator to run: $line"; fi
  fi
  need_space 4500 "installing packages and building"
  say "installing packages: $list"
  local log=build/packages.log
  apt update >"$log" 2>&1 || apt_failed "$log"
  # Words are meant to split here: one per package.
  # shellcheck disable=SC2086
  apt install -y --no-install-recommends $list >>"$log" 2>&1 || apt_failed "$log"
}

node_path() {
  local arch=x64; [ "$(uname -m)" != aarch64 ] || arch=arm64
  printf '%s' "$root/tools/node/node_modules/node-linux-$arch/bin"
}

# Stage one: whatever npm is there installs Node 22 and npm 11 from the lock file. Stage two: those two do everything.
use_node() {
  # npm's own node does not look at the system's authorities by itself.
  export NODE_OPTIONS="${NODE_OPTIONS:-} --use-openssl-ca"
  export SSL_CERT_DIR="${SSL_CERT_DIR:-/etc/ssl/certs}" SSL_CERT_FILE="${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"
  local stamp=tools/node/node_modules/.stamp sum; sum=$(sha256sum tools/node/package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ]; then
    say "installing Node 22 and npm 11"
    npm_ci tools/node
    printf '%s\n' "$sum" >"$stamp"
  fi
  mkdir -p build/node
  ln -sfn "$(node_path)/node" build/node/node
  printf '#!/bin/sh\nexec "%s/node" "%s/tools/node/node_modules/npm/bin/npm-cli.js" "$@"\n' "$(node_path)" "$root" >build/node/npm
  chmod +x build/node/npm
  export PATH="$root/build/node:$PATH"
}

npm_ci() {  # npm_ci FOLDER
  local log="$root/build/npm.log"
  if ! (cd "$1" && timeout 600 npm ci --ignore-scripts --fetch-retries=1 --fetch-timeout=15000 >"$log" 2>&1); then
    case "$(tail -n 40 "$log")" in
      *CERT*|*certificate*) stop_because "the npm registry's certificate is not trusted here" "put your authority's certificate into /usr/local/share/ca-certificates/NAME.crt and run update-ca-certificates" ;;
      *ENOTFOUND*|*EAI_AGAIN*|*ECONNREFUSED*|*ETIMEDOUT*|*ENETUNREACH*) stop_because "the npm registry cannot be reached" "connect this machine to the network, or set npm's registry or proxy, and start again" ;;
      *ENOSPC*) stop_because "the disk is full" "free some space and start again" ;;
    esac
    tail -n 8 "$log" >&2
    stop_because "npm failed, see above and $log" "start again when it is mended"
  fi
}

install_modules() {  # install_modules FOLDER FOR
  local lock; lock=$(sha256sum "$1/package-lock.json")
  [ "$(cat "$1/node_modules/.stamp" 2>/dev/null)" != "$lock" ] || return 0
  say "installing $2"
  npm_ci "$1"
  printf '%s\n' "$lock" >"$1/node_modules/.stamp"
}

install_test_modules() { install_modules tests/node "what the whole-program tests use"; }

build_web() {
  local sum; sum=$( (cd web && find . ../docs/openapi ../tools/openapi -name node_modules -prune -o -path ./dist -prune -o -path ./src/api/schema.d.ts -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum)
  [ "$(cat web/dist/.stamp 2>/dev/null)" != "$sum" ] || return 0
  use_node
  install_modules web "what the screens are built with"
  install_modules tools/openapi "what the description of the interface is made with"
  say "building the screens"
  (cd web && npm run --silent build >"$root/build/web.log" 2>&1) || { tail -n 30 build/web.log >&2; stop_because "building the screens failed" "see build/web.log"; }
  node tools/openapi/build.mjs >>build/web.log 2>&1 || { tail -n 30 build/web.log >&2; stop_because "building the page of the interface failed" "see build/web.log"; }
  printf '%s\n' "$sum" >web/dist/.stamp
}

build_preset() {  # build_preset PRESET [cmake options --] targets...
  local preset=$1; shift
  local options=(); while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  if [ ! -f "build/$preset/build.ninja" ] || [ "${#options[@]}" -gt 0 ]; then
    need_space 1500 "building"
    cmake --preset "$preset" "${options[@]}" >"build/cmake-$preset.log" 2>&1 || { tail -n 30 "build/cmake-$preset.log" >&2; stop_because "cmake --preset $preset failed"; }
  fi
  say "building $preset"
  ninja -C "build/$preset" --quiet "$@" >"build/ninja-$preset.log" 2>&1 || { tail -n 60 "build/ninja-$preset.log" >&2; stop_because "building $preset failed" "see build/ninja-$preset.log"; }
}
