#!/usr/bin/env bash
# Sessions, passwords and second factors of the running server, and the commands beside it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/described.mjs" sessions
