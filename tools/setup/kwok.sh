#!/usr/bin/env bash
# Build the pinned kwok (tools/kwok/go.mod), which plays the nodes' kubelets, unless PATH has it.
# Its stages (how a pod becomes ready) go from the module to .cache/share/kwok.
set -eu
here=$(realpath "$(dirname "$0")")
root=$PWD
mkdir -p "$root/.cache/bin"
version=$(cd tools/kwok && go list -m -f '{{.Version}}' sigs.k8s.io/kwok)
module=$(cd tools/kwok && go mod download sigs.k8s.io/kwok && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)
rm -rf "$root/.cache/share/kwok"
mkdir -p "$root/.cache/share/kwok"
for stages in node/fast node/heartbeat-with-lease pod/fast; do
  install -D -m 0644 -t "$root/.cache/share/kwok/$stages" "$module/kustomize/stage/$stages"/*.yaml
done
"$here/on-path.sh" kwok "kwok version $version" --version && exit 0
cd tools/kwok
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=$version" \
  -o "$root/.cache/bin/kwok.new" sigs.k8s.io/kwok/cmd/kwok
mv -f "$root/.cache/bin/kwok.new" "$root/.cache/bin/kwok"
