#!/usr/bin/env bash
# ONVIF end to end: simulated cameras that a client of others' proves right, the real server, people who steer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/described.mjs" onvif
