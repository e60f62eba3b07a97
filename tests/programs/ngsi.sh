#!/usr/bin/env bash
# NGSI-LD against the real server: what it tells of a small town, held against the models by somebody else's validator and
# JSON-LD processor, and read by somebody else's client.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/ngsi.mjs"
