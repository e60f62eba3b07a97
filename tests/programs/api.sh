#!/usr/bin/env bash
# The requests of docs/api against a real server; what the HTTP interface counts and refuses; things edited at once, photos;
# and whether all of it is as docs/openapi describes it, with nothing left out.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/../../tools/openapi/build.mjs"
export QALA_TEST_DESCRIBED; QALA_TEST_DESCRIBED=$(mktemp)
trap 'rm -f "$QALA_TEST_DESCRIBED"' EXIT
node "$here/examples.mjs"
node "$here/api.mjs"
node "$here/things.mjs"
node "$here/openapi.mjs"
