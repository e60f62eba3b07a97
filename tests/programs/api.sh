#!/usr/bin/env bash
# The requests of docs/api against a real server; what the HTTP interface counts and refuses; things edited at once, photos.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/examples.mjs"
node "$here/api.mjs"
node "$here/things.mjs"
