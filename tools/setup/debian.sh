#!/usr/bin/env bash
# Programs from Debian that the sandbox and the tests run. Asks for the program, not for the
# package, so that another way of installing them is as good.
set -eu
here=$(dirname "$0")
declare -A package_of=(
  [espeak-ng]=espeak-ng
  [pocketsphinx_continuous]=pocketsphinx
  [sipp]=sip-tester
  [baresip]=baresip-core
  [chromium]=chromium
  [openssl]=openssl
  [prometheus]=prometheus
  [promtool]=prometheus
  [redis-server]=redis-server
)
# What tests in network namespaces take as well; only root can make one.
if [ "$(id -u)" -eq 0 ]; then package_of+=([ip]=iproute2 [iptables]=iptables); fi
missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("${package_of[$program]}")
done
[ -d /usr/share/pocketsphinx/model/en-us ] || missing+=(pocketsphinx-en-us)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Install these first: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
"$here/step.sh" apt-update "Reading Debian's package lists" apt-get update -q
"$here/step.sh" apt-install "Installing from Debian: ${missing[*]}" \
  apt-get install -y -q --no-install-recommends "${missing[@]}"
