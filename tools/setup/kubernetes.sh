#!/usr/bin/env bash
# Build etcd and the pinned Kubernetes programs (tools/kubernetes/go.mod), each unless PATH has it.
# usage: kubernetes.sh [program...]   (all that the tests on a control plane need, if none is named)
set -eu
here=$(realpath "$(dirname "$0")")
out=$PWD/.cache/bin
modules=$PWD/tools/kubernetes
mkdir -p "$out"
version=$(cd "$modules" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
etcd_version=$(cd "$modules" && go list -m -f '{{.Version}}' go.etcd.io/etcd/server/v3)
IFS=. read -r major minor _ <<<"${version#v}"
# What Kubernetes' own build stamps: without it the API server says v0.0.0-master.
stamp='-s -w'
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  stamp="$stamp -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor -X $package.gitTreeState=clean"
done

build() {
  (cd "$modules" && CGO_ENABLED=0 go build -trimpath -ldflags "$3" -o "$out/$1.new" "$2")
  # In place of the old one at once, and never through a link to a program on PATH.
  mv -f "$out/$1.new" "$out/$1"
}

[ $# -gt 0 ] || set -- etcd kube-apiserver kube-controller-manager kube-scheduler kubectl
for program in "$@"; do
  case $program in
    etcd)
      "$here/on-path.sh" etcd "etcd Version: ${etcd_version#v}" --version ||
        build etcd go.etcd.io/etcd/server/v3 '-s -w'
      ;;
    kubectl)
      "$here/on-path.sh" kubectl "Client Version: $version" version --client ||
        build kubectl k8s.io/kubernetes/cmd/kubectl "$stamp"
      ;;
    *)
      "$here/on-path.sh" "$program" "Kubernetes $version" --version ||
        build "$program" "k8s.io/kubernetes/cmd/$program" "$stamp"
      ;;
  esac
  echo "$program ready"
done
