#!/usr/bin/env bash
# Cameras end to end: simulated RTSP, the real worker, what leaves the server decoded by ffmpeg.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../node" && pwd)
node "$here/described.mjs" cameras
