#!/bin/sh
# Zero-shot classification, willbuy beside its peers: what `make bench-inference`
# runs. Models and packages (7 GB) are kept in CACHE/willbuy/bench.
#
# usage: inference.sh WILLBUY [ARGUMENT...]     arguments are inference.py's
set -eu

willbuy=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/willbuy/bench

sh "$here/../setup/python.sh" "$cache/venv" matplotlib
TOKENIZERS_PARALLELISM=false PYTHONDONTWRITEBYTECODE=1 exec "$cache/venv/bin/python" "$here/inference.py" \
    --willbuy "$willbuy" --models "$cache/models" "$@"
