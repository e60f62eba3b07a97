#!/usr/bin/env bash
# Devices over Modbus TCP, answered by libmodbus's server: several units behind a gateway, in every bad mood.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/modbus.mjs"
