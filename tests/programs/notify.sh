#!/usr/bin/env bash
# Alarms told by mail, web-hook and browser push: a real SMTP server, a receiver and a push service of the tests' own, kills.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/described.mjs" notify
