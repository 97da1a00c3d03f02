#!/bin/sh
# Do models written by willbuy load in xgboost, and predict the same?
#
#     testdata/models/load.sh PYTHON...
#
# Every PYTHON is an interpreter with xgboost and numpy, one for each version to
# ask. The program is bin/willbuy, or $WILLBUY. Trains models of every objective on
# rows with holes, writes each as JSON and UBJ, for several classes also with
# --portable, and compares the margins and predictions of both. Fails if any
# differs by more than 1e-7 of its size; prints how many are the same bit for bit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
willbuy=${WILLBUY:-$here/../../bin/willbuy}
[ $# -gt 0 ] || { echo "usage: $0 PYTHON..." >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$1" "$here/load.py" data "$dir"
cd "$dir"
train() { # name, label, parameters
    name=$1 label=$2
    shift 2
    "$willbuy" train --data rows.csv --features load,rating,visits,trend --label "$label" --rounds 30 \
        --param eta=0.3 --param max_depth=5 --param min_child_weight=2 "$@" --out "$name.json" --quiet >/dev/null
    "$willbuy" model convert "$name.json" "$name.ubj"
    "$willbuy" predict --model "$name.json" --data rows.csv --out "$name.csv"
}
train squared amount
train logistic bought --param objective=binary:logistic
train deep bought --param objective=binary:logistic --param max_depth=12 --param min_child_weight=0
train softprob kind --param objective=multi:softprob --param num_class=3
for format in json ubj; do
    "$willbuy" model convert softprob.json "softprob.portable.$format" --portable
done
for python in "$@"; do
    "$python" "$here/load.py" check "$dir"
done
