#!/usr/bin/env bash
# ./run itself, over programs that are built already: whose folder it touches, and what the demo town sends.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/run.mjs"
