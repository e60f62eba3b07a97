#!/usr/bin/env bash
# Public warnings (CAP 1.2): written, approved by a second person, published, updated, cancelled; the feed and the files as
# readers of other makers see them (xmllint with the standard's schema, rss-parser), a restart, an exercise.
set -euo pipefail
exec node "$(dirname "${BASH_SOURCE[0]}")/../node/cap.mjs"
