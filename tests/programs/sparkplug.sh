#!/usr/bin/env bash
# Sparkplug B: edge nodes played by a client of others' on Qala's own bus, births, gaps, deaths, kill -9.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/sparkplug.mjs"
