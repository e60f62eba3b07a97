#!/usr/bin/env bash
# The Debian package: what is in it, that what it unpacks serves a town, that the unit is sound and shut in; and, as
# root, a real installation over a copy of this system that is thrown away: install, upgrade, remove, purge.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
passed=0
ok() { printf 'ok      %s\n' "$1"; passed=$((passed + 1)); }
die() { printf 'FAILED  %s\n' "$1"; exit 1; }

bin=${QALA_TEST_BIN:-$root/build/release/bin}
QALA_PACKAGE_PRESET=$(basename "$(dirname "$bin")") "$root/tools/package"
deb=$(echo "$root"/build/package/qala_*.deb)
mkdir -p "$root/build/scratch"
scratch=$(mktemp -d "$root/build/scratch/package-XXXXXX")
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  if mountpoint -q "$scratch/root"; then umount -l "$scratch/root"; fi
  if mountpoint -q "$scratch/layers"; then umount -l "$scratch/layers"; fi
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# -- what is in it
dpkg-deb --contents "$deb" >"$scratch/list"
for path in ./usr/bin/qala ./usr/bin/qala-video ./usr/bin/qala-codec ./usr/share/qala/web/control/index.html ./lib/systemd/system/qala.service ./etc/qala/qala.toml \
  ./usr/share/doc/qala/operations.md ./usr/share/doc/qala/prometheus/qala-rules.yml ./usr/share/doc/qala/modbus/heating-substation.toml ./usr/share/doc/qala/grafana/dashboards/qala.json; do
  grep -q " $path\$" "$scratch/list" || die "$path is not in the package"
done
if grep -vE '^[-d][rwx-]+ root/root ' "$scratch/list"; then die "a file belongs to somebody else than root"; fi
if grep -E '^-....w|^-.......w' "$scratch/list"; then die "a file may be written by others"; fi
if grep -qE ' \./(var|usr/local|opt|home|build)' "$scratch/list"; then die "the package puts files where it must not"; fi
ok "the program, the screens, the unit, a configuration and the manual are in it, and root's"
depends=$(dpkg-deb -f "$deb" Depends)
for library in libssl3 libsqlite3-0 libsodium23 libc6 adduser tzdata; do
  case "$depends" in *"$library"*) ;; *) die "it does not depend on $library: $depends" ;; esac
done
case "$depends" in *-dev*) die "it depends on a package for building: $depends" ;; esac
ok "it depends on the libraries the program uses: $depends"
[ "$(dpkg-deb -I "$deb" conffiles)" = /etc/qala/qala.toml ] || die "the configuration is not kept at an upgrade"
for script in postinst prerm postrm; do dpkg-deb -I "$deb" "$script" | sh -n || die "$script is no shell script"; done
ok "an administrator's configuration is kept; the scripts are scripts"

# -- what it unpacks
dpkg-deb -x "$deb" "$scratch/tree"
"$scratch/tree/usr/bin/qala" check-config "$scratch/tree/etc/qala/qala.toml" >/dev/null || die "the configuration is not taken"
ask() { curl -fsS --max-time 60 "$@"; }
serve() {  # serve COMMAND...: waits for the ready line; sets server and http
  : >"$scratch/out"
  "$@" >"$scratch/out" 2>"$scratch/err" &
  server=$!
  for _ in $(seq 1 900); do
    http=$(sed -n 's/^ready http=\([^ ]*\).*/\1/p' "$scratch/out")
    [ -z "$http" ] || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$scratch/err"; die "it does not serve"
}
end() { kill "$server"; wait "$server" || die "it ended with an error"; server=; }
serve "$scratch/tree/usr/bin/qala" serve --data "$scratch/data" --config "$scratch/tree/etc/qala/qala.toml" \
  --http 127.0.0.1:0 --mqtt 127.0.0.1:0
[ "$(ask "http://$http/health")" = '{"state":"ok"}' ] || die "it is not well"
case "$(ask "http://$http/control/")" in *'<script'*) ;; *) die "the screens are not found" ;; esac
end
ok "unpacked anywhere it serves a town with its screens"

# -- the unit
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$scratch/units"
  sed "s|/usr/bin/qala|$scratch/tree/usr/bin/qala|" "$scratch/tree/lib/systemd/system/qala.service" >"$scratch/units/qala.service"
  found=$(systemd-analyze verify --man=no --recursive-errors=no "$scratch/units/qala.service" 2>&1 | grep qala.service || true)
  [ -z "$found" ] || die "systemd-analyze verify: $found"
  exposure=$(systemd-analyze security --offline=yes "$scratch/units/qala.service" 2>/dev/null | sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p')
  awk -v e="$exposure" 'BEGIN { exit !(e != "" && e < 2) }' || die "exposure level is ${exposure:-unknown}"
  ok "systemd finds no fault in the unit; exposure level $exposure of 10"
else
  echo "SKIPPED systemd-analyze is not here"
fi

# -- a real installation
layered() {
  [ "$(id -u)" = 0 ] || return 1
  mkdir -p "$scratch/layers" "$scratch/root"
  mount -t tmpfs -o size=600m tmpfs "$scratch/layers" 2>/dev/null || return 1
  mkdir -p "$scratch/layers/upper" "$scratch/layers/work"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/layers/upper,workdir=$scratch/layers/work" "$scratch/root" 2>/dev/null
}
if ! layered; then
  echo "SKIPPED the installation: this user may not lay a file system over another"
  echo "$passed passed, 0 failed"
  exit 0
fi
cp "$deb" "$scratch/root/tmp/qala.deb"
within() { chroot "$scratch/root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@" </dev/null; }
package() { within dpkg --force-depends "$@" >>"$scratch/dpkg.log" 2>&1 || { cat "$scratch/dpkg.log"; die "dpkg $*"; }; }
package -i /tmp/qala.deb
[ "$(within stat -c '%U %G %a' /var/lib/qala)" = "qala qala 750" ] || die "the data folder is not the user's alone"
[ "$(within stat -c '%U %G %a' /etc/qala/qala.toml)" = "root qala 640" ] || die "the configuration is not root's"
case "$(within getent passwd qala)" in *:/usr/sbin/nologin) ;; *) die "the user can sign in" ;; esac
ok "installing makes a user who cannot sign in, and its folder"

as_user() { exec chroot --userspec=qala:qala "$scratch/root" /usr/bin/qala "$@"; }
start() { serve as_user serve --data /var/lib/qala --config /etc/qala/qala.toml --http 127.0.0.1:0 --mqtt 127.0.0.1:0; }
token=$( (as_user token create --data /var/lib/qala --name bench --scope admin) )
start
ask -H "Authorization: Token $token" --data-binary 'telemetry,thing=a v=1' "http://$http/api/v2/write" || die "nothing is taken in"
case "$(ask -H "Authorization: Bearer $token" "http://$http/api/v1/unclaimed")" in *'"key":"a"'*) ;; *) die "it is not there" ;; esac
end
ok "that user serves a town in it"

echo '# a line of the administrator' >>"$scratch/root/etc/qala/qala.toml"
package -i --force-confold /tmp/qala.deb
grep -q 'a line of the administrator' "$scratch/root/etc/qala/qala.toml" || die "the configuration was replaced"
start
case "$(ask -H "Authorization: Bearer $token" "http://$http/api/v1/unclaimed")" in *'"key":"a"'*) ;; *) die "the town is gone" ;; esac
end
ok "an upgrade keeps the town and the configuration"
package -r qala
[ -e "$scratch/root/var/lib/qala/town.db" ] || die "removing the package removed the town"
[ ! -e "$scratch/root/usr/bin/qala" ] || die "the program is still there"
[ -e "$scratch/root/etc/qala/qala.toml" ] || die "removing the package removed the configuration"
ok "removing the package leaves the town"
package -P qala
[ ! -e "$scratch/root/var/lib/qala" ] || die "purging left the town"
[ ! -e "$scratch/root/etc/qala/qala.toml" ] || die "purging left the configuration"
ok "purging removes everything, without a question"
echo "$passed passed, 0 failed"
