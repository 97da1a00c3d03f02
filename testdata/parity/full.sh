#!/bin/sh
# Trains the full set of parity cases with two released versions of XGBoost and
# with pipeline/gbtree and prints a table: identical, or the first difference.
#
#     sh testdata/parity/full.sh PYTHON34 PYTHON32
#
# The arguments are Pythons that import xgboost 3.4 and 3.2, and numpy and scipy.
# It takes a quarter of an hour on two cores; XGBoost trains every case several
# times, to tell where it differs from itself.
set -eu
[ $# -eq 2 ] || { echo "usage: sh $0 PYTHON34 PYTHON32" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$here/make.py" data "$work" full
for python in "$1" "$2"; do
	"$python" -c 'import xgboost; print("training with xgboost", xgboost.__version__, flush=True)'
	"$python" "$here/make.py" models "$work" self
done
cd "$here/../.."
go test ./pipeline/gbtree -run 'TestFullParity$' -v -count 1 -timeout 30m -full "$work"
