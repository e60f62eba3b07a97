#!/usr/bin/env bash
# Makers' payload codecs in their sandbox, by the real programs, against V8; the sandbox is tight.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
"${QALA_TEST_BIN:-$here/../../build/release/bin}/qala-codec" --try
exec node "$here/../node/codec.mjs"
