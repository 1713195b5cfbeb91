#!/usr/bin/env bash
# Build the pinned helm (tools/helm/go.mod), unless PATH has it.
set -eu
here=$(realpath "$(dirname "$0")")
out=$PWD/.cache/bin/helm
mkdir -p "$(dirname "$out")"
version=$(cd tools/helm && go list -m -f '{{.Version}}' helm.sh/helm/v3)
"$here/on-path.sh" helm "$version" version --short && exit 0
cd tools/helm
# As helm's own Makefile does: without it helm takes every cluster it can't ask for Kubernetes 1.20.
IFS=. read -r _ kubernetes_minor _ <<<"$(go list -m -f '{{.Version}}' k8s.io/client-go)"
stamp="-s -w -X helm.sh/helm/v3/internal/version.version=$version"
for package in chartutil lint/rules; do
  stamp="$stamp -X helm.sh/helm/v3/pkg/$package.k8sVersionMajor=1"
  stamp="$stamp -X helm.sh/helm/v3/pkg/$package.k8sVersionMinor=$kubernetes_minor"
done
CGO_ENABLED=0 go build -trimpath -ldflags "$stamp" \
  -o "$out.new" helm.sh/helm/v3/cmd/helm
mv -f "$out.new" "$out"
