#!/usr/bin/env bash
# What has to be on the machine before make setup: all faults at once, each with its next step.
set -u
faults=0
fault() {
  echo "✗ $1" >&2
  faults=1
}
for program in node npm go git; do
  command -v "$program" >/dev/null 2>&1 || fault "$program is not on PATH. Install it and run make again."
done
if command -v node >/dev/null 2>&1; then
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 18 ] || fault "node $(node --version) is too old for npm; install Node 18 or later (Patchbay brings its own Node 22)."
fi
exit "$faults"
