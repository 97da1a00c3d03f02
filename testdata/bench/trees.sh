#!/bin/sh
# Gradient-boosted trees, willbuy beside its peers: what `make bench-trees` runs.
# Packages and rows (3 GB) are kept in CACHE/willbuy/bench/trees.
#
# usage: trees.sh WILLBUY [ARGUMENT...]     arguments are trees.py's
#
# The releases of XGBoost have nothing beside them that makes them start slower;
# the environment "usual" has what most people have installed. DuckDB is the
# release that willbuy contains: its files can be read by both.
set -eu

willbuy=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/willbuy/bench/trees

sh "$here/../setup/xgboost.sh" "$cache" "duckdb==1.5.*" "lightgbm==4.*"
usual=$cache/usual
if [ ! -e "$usual/finished" ]; then
    python3 -m venv "$usual"
    "$usual/bin/pip" install -q "pandas<3" "duckdb==1.5.*" "shap==0.51.*" "joinboost==0.0.1523" "matplotlib==3.*"
    "$usual/bin/pip" install -q --no-deps --ignore-requires-python "xgboost==3.4.1"
    touch "$usual/finished"
fi
arrow=$cache/arrow
if [ ! -e "$arrow/finished" ]; then
    python3 -m venv "$arrow"
    "$arrow/bin/pip" install -q "numpy==2.*" "scipy==1.*" "duckdb==1.5.*" "pyarrow==26.*"
    "$arrow/bin/pip" install -q --no-deps --ignore-requires-python "xgboost==3.4.1"
    touch "$arrow/finished"
fi
PYTHONDONTWRITEBYTECODE=1 exec "$usual/bin/python" "$here/trees.py" \
    --willbuy "$willbuy" --pythons "$cache" --rows "$cache/rows" "$@"
