#!/usr/bin/env bash
# The bus over kill -9, and client certificates.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/bus.mjs"
node "$here/certificates.mjs"
