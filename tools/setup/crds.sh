#!/usr/bin/env bash
# Custom resource definitions the charts make use of, from the Go modules they are released in,
# to .cache/share/crds. The checksums are those of the Go checksum database.
set -eu
out=$PWD/.cache/share/crds
rm -rf "$out"
mkdir -p "$out"

# usage: take MODULE@VERSION CHECKSUM FOLDER file...
take() {
  local module=$1 checksum=$2 folder=$3 facts dir
  shift 3
  # Outside any module, so that no go.mod of ours is read or changed.
  facts=$(cd "$out" && GOWORK=off go mod download -json "$module")
  if ! grep -qF "\"Sum\": \"$checksum\"" <<<"$facts"; then
    echo "$module has another checksum than the one pinned in $0" >&2
    exit 1
  fi
  dir=$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' <<<"$facts")
  for file in "$@"; do install -m 0644 "$dir/$folder/$file" "$out/$file"; done
}

take github.com/prometheus-operator/prometheus-operator@v0.85.0 \
  h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s= example/prometheus-operator-crd \
  monitoring.coreos.com_{podmonitors,prometheusrules,servicemonitors}.yaml
take github.com/kedacore/keda/v2@v2.21.0 \
  h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps= config/crd/bases \
  keda.sh_{scaledobjects,triggerauthentications}.yaml
