#!/usr/bin/env bash
# Build the pinned helm (tools/helm/go.mod), unless PATH has it.
set -eu
here=$(realpath "$(dirname "$0")")
out=$PWD/.cache/bin/helm
mkdir -p "$(dirname "$out")"
version=$(cd tools/helm && go list -m -f '{{.Version}}' helm.sh/helm/v3)
"$here/on-path.sh" helm "$version" version --short && exit 0
cd tools/helm
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X helm.sh/helm/v3/internal/version.version=$version" \
  -o "$out.new" helm.sh/helm/v3/cmd/helm
mv -f "$out.new" "$out"
