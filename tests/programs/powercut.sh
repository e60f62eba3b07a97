#!/usr/bin/env bash
# Power cuts in a loop: what was not synced is forgotten.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/powercut.mjs"
