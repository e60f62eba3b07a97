#!/usr/bin/env bash
# SensorThings over HTTP and MQTT against the real server: what clients send, what they get back, also after a kill; and a
# client of others.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/sensorthings.mjs"
node "$here/sta_client.mjs"
