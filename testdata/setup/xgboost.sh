#!/bin/sh
# Makes two virtual environments with the releases of XGBoost that willbuy's
# profiles follow: DIR/3.4 and DIR/3.2. Finished ones are left alone; packages
# named are added to both.
#
# usage: xgboost.sh DIR [PACKAGE...]
#
# Releases since 3.3 ask for Python 3.12 and run on 3.11 as well; NCCL, which
# they also ask for, is never called on a CPU.
set -eu

dir=$1
shift
for release in 3.4.1 3.2.0; do
    venv=$dir/${release%.*}
    if [ ! -e "$venv/finished" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install -q "numpy==2.*" "scipy==1.*"
        "$venv/bin/pip" install -q --no-deps --ignore-requires-python "xgboost==$release"
        touch "$venv/finished"
    fi
    [ $# -eq 0 ] || "$venv/bin/pip" install -q "$@"
done
