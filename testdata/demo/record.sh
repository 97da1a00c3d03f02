#!/bin/sh
# record.sh WILLBUY: runs the whole lab once, in a folder of its own, and keeps
# its log as the demo run.
set -eu
willbuy=$1
here=$(cd "$(dirname "$0")" && pwd)
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT
(cd "$lab" && "$willbuy" run >/dev/null 2>&1)
gzip -9 -n -c "$lab"/willbuy-lab/runs/*/events.jsonl >"$here/run.jsonl.gz"
