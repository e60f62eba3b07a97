#!/usr/bin/env bash
# kill -9 in a loop, acknowledgements in flight over MQTT and HTTP.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/kill.mjs"
