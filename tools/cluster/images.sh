#!/usr/bin/env bash
# Every image that the test cluster runs, on a local base, built by a container engine of our own
# (its own sockets and folders) and written to .cache/cluster/images.tar.
set -eu
here=$(realpath "$(dirname "$0")")
cache=$PWD/.cache/cluster
run=$PWD/.run/cluster/docker
mkdir -p "$cache" "$run" .cache/log
export DOCKER_HOST=unix://$run/docker.sock DOCKER_BUILDKIT=0 DOCKER_CONFIG=$run/config
step=$here/../setup/step.sh

# Building gives way to everything else; what it runs inherits that.
nice -n 19 dockerd --host "$DOCKER_HOST" --data-root "$cache/docker" --exec-root "$run/exec" \
  --pidfile "$run/pid" --iptables=false --bridge=none >.cache/log/dockerd.log 2>&1 </dev/null &
engine=$!
stop() {
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
  # What the engine leaves mounted of itself.
  umount "$run"/exec/netns/default 2>/dev/null || true
  umount "$cache/docker" 2>/dev/null || true
  rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM
for _ in $(seq 150); do
  docker info >/dev/null 2>&1 && break
  kill -0 "$engine" 2>/dev/null || { tail -n 5 .cache/log/dockerd.log >&2; exit 1; }
  sleep 0.2
done

base=patchbay/base:local
build() {
  local name=$1
  shift
  "$step" "image-$name" "Building the image $name" \
    docker build --network host --force-rm --build-arg BASE=$base --tag "patchbay/$name:dev" "$@"
}
# A program of ours in an image of its own. usage: program NAME "what the Dockerfile says"
program() {
  local folder=$cache/context/$1
  rm -rf "$folder" && mkdir -p "$folder"
  [ ! -e ".cache/bin/$1" ] || cp -L --reflink=auto ".cache/bin/$1" "$folder/"
  printf '%s\n' "$2" >"$folder/Dockerfile"
  build "$1" "$folder"
  rm -rf "$folder"
}

"$step" image-base "Making the base of all images (about two minutes the first time)" "$here/base.sh" $base
for target in api agent bridge; do
  build $target --file services/Dockerfile --target $target .
done
build sip-edge --file "$here/sip-edge.Dockerfile" services/sandbox
# wget is what the chart's own test asks with; the published image has it.
program livekit-server "FROM $base
RUN apt-get update -q && apt-get install -y -q --no-install-recommends wget && rm -rf /var/lib/apt/lists/*
COPY livekit-server /usr/local/bin/livekit-server
ENTRYPOINT [\"livekit-server\"]"
program coredns 'FROM scratch
COPY coredns /coredns
ENTRYPOINT ["/coredns"]'
# Redis is in the base; the pause image only has to stay.
program redis "FROM $base"
program pause "FROM $base
ENTRYPOINT [\"sleep\", \"infinity\"]"

images=()
for name in api agent bridge sip-edge livekit-server coredns redis pause; do
  images+=("patchbay/$name:dev")
done
id=$(docker image inspect --format '{{.Id}}' "${images[@]}" | sha256sum | cut -c 1-16)
if [ ! -f "$cache/images.tar" ] || [ "$id" != "$(cat "$cache/images.id" 2>/dev/null)" ]; then
  rm -f "$cache/images.id"
  "$step" images "Writing the images for the node" docker save --output "$cache/images.tar" "${images[@]}"
  printf '%s\n' "$id" >"$cache/images.id"
fi
docker image prune --force >/dev/null
