#!/usr/bin/env bash
# Build the pinned livekit-server (tools/livekit-server/go.mod), unless one is on PATH.
set -eu
here=$(dirname "$0")
out=$PWD/.cache/bin/livekit-server
mkdir -p "$(dirname "$out")"
if command -v livekit-server >/dev/null 2>&1; then
  ln -sf "$(command -v livekit-server)" "$out"
  exit 0
fi
cd tools/livekit-server
CGO_ENABLED=0 go build -trimpath -o "$out" github.com/livekit/livekit-server/cmd/server
