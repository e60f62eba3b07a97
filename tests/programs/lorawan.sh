#!/usr/bin/env bash
# LoRaWAN devices through the webhooks of ChirpStack and The Things Stack: recorded messages, kills, a hostile codec.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/lorawan.mjs"
