#!/usr/bin/env bash
# Link a program of the right version from PATH into .cache/bin, so that it need not be built.
# usage: on-path.sh PROGRAM PATTERN version-arguments...   (status 1: none such on PATH)
# PATTERN is a fixed text that the program's words on its version have to hold.
set -u
program=$1 pattern=$2
shift 2
found=$(command -v "$program") || exit 1
# A link made earlier from PATH would find itself if .cache/bin were on PATH.
[ "$found" != "$PWD/.cache/bin/$program" ] || exit 1
"$found" "$@" 2>&1 </dev/null | grep -qF -- "$pattern" || exit 1
mkdir -p .cache/bin
ln -sf "$found" ".cache/bin/$program"
