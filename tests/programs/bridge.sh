#!/usr/bin/env bash
# Bridges to a real Mosquitto: recorded messages of network servers, kills around the acknowledgement, outages, TLS, downlinks.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/bridge.mjs"
