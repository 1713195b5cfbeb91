#!/usr/bin/env bash
# Run one long step: say what it is, show that it is alive, show its last lines when it fails.
# usage: step.sh NAME "what it does" command...
set -u
name=$1 what=$2
shift 2
mkdir -p .cache/log
log=.cache/log/$name.log
printf '• %s …\n' "$what"
started=$SECONDS
"$@" >"$log" 2>&1 </dev/null &
pid=$!
trap 'kill "$pid" 2>/dev/null' INT TERM
while kill -0 "$pid" 2>/dev/null; do
  # Wake up often so that the end is seen at once, speak rarely.
  for _ in $(seq 50); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  kill -0 "$pid" 2>/dev/null && printf '  %s: %s s so far\n' "$name" $((SECONDS - started))
done
wait "$pid"
status=$?
if [ "$status" -ne 0 ]; then
  printf '✗ %s failed (status %s) after %s s. Its last lines:\n' "$name" "$status" $((SECONDS - started))
  tail -n 20 "$log" | sed 's/^/    /'
  printf '  Everything it printed: %s\n' "$log"
  exit "$status"
fi
printf '✓ %s, %s s\n' "$name" $((SECONDS - started))
