#!/usr/bin/env bash
# The data folder and every command around it; a full disk.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/folder.mjs"
node "$here/backups.mjs"
node "$here/disk_full.mjs"
