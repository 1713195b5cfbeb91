#!/usr/bin/env bash
# Build the pinned kubeconform (tools/kubeconform/go.mod), unless PATH has it.
set -eu
here=$(realpath "$(dirname "$0")")
out=$PWD/.cache/bin/kubeconform
mkdir -p "$(dirname "$out")"
version=$(cd tools/kubeconform && go list -m -f '{{.Version}}' github.com/yannh/kubeconform)
"$here/on-path.sh" kubeconform "$version" -v && exit 0
cd tools/kubeconform
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$version" \
  -o "$out.new" github.com/yannh/kubeconform/cmd/kubeconform
mv -f "$out.new" "$out"
