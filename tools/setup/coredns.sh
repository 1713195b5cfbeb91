#!/usr/bin/env bash
# Build CoreDNS (tools/coredns), the names of the test cluster's Services.
set -eu
out=$PWD/.cache/bin/coredns
mkdir -p "$(dirname "$out")"
cd tools/coredns
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out.new" .
mv -f "$out.new" "$out"
