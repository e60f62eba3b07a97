#!/usr/bin/env bash
# Rules edited, tried, told as text and read again while serving; exercises, marked wherever they are seen.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/rules.mjs"
