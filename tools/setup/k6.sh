#!/usr/bin/env bash
# Build the pinned k6 (tools/k6/go.mod), unless PATH has it.
set -eu
here=$(realpath "$(dirname "$0")")
out=$PWD/.cache/bin/k6
mkdir -p "$(dirname "$out")"
version=$(cd tools/k6 && go list -m -f '{{.Version}}' go.k6.io/k6)
"$here/on-path.sh" k6 "k6 $version" version && exit 0
cd tools/k6
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out.new" go.k6.io/k6
mv -f "$out.new" "$out"
