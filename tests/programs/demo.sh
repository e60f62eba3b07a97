#!/usr/bin/env bash
# The demo town itself: its devices go on reporting by every road.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/demo.mjs"
