#!/usr/bin/env bash
# Sign-in at an identity provider: a real one (oidc-provider), and what a hostile one would try.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/described.mjs" oidc
