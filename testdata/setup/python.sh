#!/bin/sh
# Makes a virtual environment with what the Python scripts under testdata need:
# PyTorch on the CPU, transformers, onnxruntime. A finished one is left alone.
#
# usage: python.sh DIR [PACKAGE...]
#
# The wheel of torch on the package index wants 2.5 GB of CUDA libraries that
# are never called here; empty ones take their place, which needs gcc and
# binutils.
set -eu

venv=$1
shift
here=$(cd "$(dirname "$0")" && pwd)

if [ ! -e "$venv/finished" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q "numpy<2.3" sympy jinja2 networkx fsspec filelock typing_extensions \
        "transformers==4.57.*" "onnx==1.*" "onnxruntime==1.24.*"
    "$venv/bin/pip" install -q --no-deps torch==2.13.0
    "$venv/bin/python" "$here/../model/stub_cuda.py" "$venv"/lib/python3*/site-packages/torch/lib
    touch "$venv/finished"
fi
[ $# -eq 0 ] || "$venv/bin/pip" install -q "$@"
