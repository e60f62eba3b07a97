#!/usr/bin/env bash
# Real clients: MQTT.js, mosquitto_pub and mosquitto_sub, Paho C, HTTP in all its forms.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/clients.mjs"
node "$here/http_clients.mjs"
