#!/usr/bin/env bash
# Data folders of released versions, opened by this program.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/upgrade.mjs"
