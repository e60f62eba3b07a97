#!/usr/bin/env bash
# Evidence that left a house long ago verifies anywhere, with Qala and without.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/evidence.mjs"
