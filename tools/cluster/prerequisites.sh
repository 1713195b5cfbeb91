#!/usr/bin/env bash
# What a real node on this machine needs. Installs Debian's packages where it may, else names them.
# Status 1 with words if something is missing.
set -eu
here=$(realpath "$(dirname "$0")")
say() {
  echo "make test-cluster needs $1" >&2
  exit 1
}
[ "$(uname -s)" = Linux ] || say "Linux: it runs a Kubernetes node on this machine."
[ "$(id -u)" -eq 0 ] || say "root: a node makes network devices, mounts and control groups. Try: sudo make test-cluster"
ip netns list >/dev/null 2>&1 || say "network namespaces (package iproute2, and a kernel that has them)."

declare -A package_of=(
  [dockerd]=docker.io
  [docker]=docker.io
  [containerd]=containerd
  [ctr]=containerd
  [runc]=runc
  [debootstrap]=debootstrap
  [iptables]=iptables
  [nsenter]=util-linux
)
missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("${package_of[$program]}")
done
[ -x /usr/lib/cni/bridge ] || missing+=(containernetworking-plugins)
[ ${#missing[@]} -eq 0 ] && exit 0
wanted=$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')
command -v apt-get >/dev/null 2>&1 || say "these programs, by the names of Debian's packages: $wanted"
# Debian starts a container engine that it installs, which changes this machine's packet filter: that
# is for its owner to decide. Where no service manager runs, nothing is started.
[ ! -d /run/systemd/system ] || say "these first: apt-get install --no-install-recommends $wanted"
export DEBIAN_FRONTEND=noninteractive
"$here/../setup/step.sh" apt-update "Reading Debian's package lists" apt-get update -q
# shellcheck disable=SC2086 # a list of names
"$here/../setup/step.sh" apt-install "Installing from Debian: $wanted" \
  apt-get install -y -q --no-install-recommends $wanted
