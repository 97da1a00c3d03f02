"""Makes an int8 twin of a text classifier in ONNX.

    python quantize.py SOURCE TARGET

SOURCE is left as it is. TARGET, and TARGET.data where the weights exceed what
one file can hold, are written into TARGET's folder, and so is what is needed
on the way; the folder should be empty and on a disk with room for the model.

The recipe: only matrix products with constant weights become integers (what
remains, embeddings foremost, is looked up and not computed with); weights have
a scale for every column and use all eight bits, unsigned as the activations
are; activations get their scale as the network runs, so that no calibration
data are needed.

Signed weights would have to do with seven bits: processors without VNNI add two
products of unsigned and signed bytes in sixteen bits, which eight overflow. For
two unsigned ones ONNX Runtime widens first, and with VNNI both run alike
(measured), so the eighth bit is free: it takes away a third of the noise.

A JSON object a line goes to stdout: {"phase"} as it proceeds, then {"done"}
or {"error"}.
"""
import json
import logging
import sys
from pathlib import Path

say_to, sys.stdout = sys.stdout, sys.stderr  # libraries print, too


def say(**what):
    print(json.dumps(what), file=say_to, flush=True)


def main(source, target):
    try:
        import onnx
        import onnxruntime
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as missing:
        say(missing=missing.name or "onnxruntime", error=str(missing))
        return 1
    logging.getLogger().setLevel(logging.ERROR)  # it recommends a preparation that only convolutions need

    beside = [f for f in source.parent.iterdir() if f.name.startswith(source.name) and f != source]
    size = sum(f.stat().st_size for f in [source, *beside])
    if beside:
        say(phase="reading the network and the weights beside it")
        network = onnx.load(source)
    else:
        # onnxruntime writes a copy with the shapes worked out beside its input,
        # which is to be our folder.
        network = target.with_name("source.onnx")
        network.symlink_to(source)
    say(phase="quantising the weights of the matrix products")
    quantize_dynamic(network, target, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=False,
                     weight_type=QuantType.QUInt8, use_external_data_format=size >= 2**31)
    say(phase="looking at the result")
    nodes = onnx.load(target, load_external_data=False).graph.node
    say(done={"matmuls": sum(n.op_type == "MatMulInteger" for n in nodes), "onnxruntime": onnxruntime.__version__})
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
    except Exception as e:
        say(error=f"{type(e).__name__}: {e}")
        sys.exit(1)
