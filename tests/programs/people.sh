#!/usr/bin/env bash
# Who may do what where, over every route; users, links, tokens, the record of who did what.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/rights.mjs"
node "$here/described.mjs" people
