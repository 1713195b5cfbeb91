#!/usr/bin/env bash
# The base of all images: a small Debian with Node 22 and npm, from the mirror and the registry that
# this machine uses. A published Node image does the same where one can be pulled.
# usage: base.sh TAG   (DOCKER_HOST says which engine)
set -eu
tag=$1
root=$PWD/.cache/cluster/root
node=$(node -p 'process.execPath')
npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
certificates=/etc/ssl/certs/ca-certificates.crt
suite=bookworm

if docker image inspect "$tag" >/dev/null 2>&1; then
  [ "$(docker image inspect -f '{{index .Config.Labels "node"}}' "$tag")" = "$(node --version)" ] && exit 0
fi
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | sort -u | head -n 1)
rm -rf "$root"
mkdir -p "$root"
debootstrap --variant=minbase --include=ca-certificates,redis-server "$suite" "$root" "${mirror:-http://deb.debian.org/debian}"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
install -m 755 "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
# A network with an authority and a registry of its own, as this machine knows them.
[ -f "$certificates" ] && cp "$certificates" "$root$certificates"
mkdir -p "$root/usr/local/etc"
{
  echo "registry=$(npm config get registry 2>/dev/null)"
  echo "cafile=$certificates"
} >"$root/usr/local/etc/npmrc"
tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change "ENV NODE_EXTRA_CA_CERTS=$certificates" \
  --change "LABEL node=$(node --version)" \
  - "$tag"
rm -rf "$root"
