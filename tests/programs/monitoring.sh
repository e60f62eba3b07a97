#!/usr/bin/env bash
# What monitors and collectors ask of a real server: /health, /ready, /metrics; and what deploy/ has for them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/monitoring.mjs"
node "$here/deploy.mjs"
