"""Write a checkpoint as the model directory that the binary embeds.

usage: export.py --base DIR [--checkpoint FILE] [--factor F] [--out DIR] [--plain FILE]

config.json, tokenizer.json and onnx/model_quantized.onnx: int8 weights, seven
bits of them used (reduce_range), so that CPUs without VNNI do not saturate.
Every file is written whole under another name first and then put in place.
"""
import argparse
import hashlib
import json
import os
import pathlib
import tempfile

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from net import LABELS, Net, Pairs, check_base

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def to_onnx(net, path):
    """Trace the network with two pairs of seven tokens, any; batch and length stay free."""
    ids = torch.tensor([[101, 2307, 102, 2023, 2003, 3893, 102]] * 2)
    types = torch.tensor([[0, 0, 0, 1, 1, 1, 1]] * 2)
    mask = torch.ones_like(ids)
    mask[1, 6] = types[1, 6] = 0
    axes = {name: {0: "batch", 1: "sequence"} for name in INPUTS} | {"logits": {0: "batch"}}
    torch.onnx.export(
        Pairs(net), (ids, mask, types), str(path), input_names=INPUTS, output_names=["logits"],
        dynamic_axes=axes, opset_version=17, dynamo=False,
        custom_opsets={"com.microsoft": 1},
    )


def quantize(source, target):
    """int8 weights, a scale for each output channel; activations when it runs."""
    prepared = source.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared), str(target), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
    )
    model = onnx.load(target)
    model.producer_name = "willbuy"
    del model.metadata_props[:]
    onnx.save(model, target)


def put(data, path):
    """Write a file so that a reader finds the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)


def as_json(value):
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def config_of(base):
    """The encoder's config.json with the classes of this model."""
    config = json.loads((base / "config.json").read_text())
    for name in ("_name_or_path", "architectures", "transformers_version", "gradient_checkpointing", "use_cache"):
        config.pop(name, None)
    return config | {
        "id2label": {str(i): label for i, label in enumerate(LABELS)},
        "label2id": {label: i for i, label in enumerate(LABELS)},
    }


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--base", required=True, help="what vocabulary.py wrote")
    args.add_argument("--checkpoint", help="of train.py; without it the head is untrained")
    args.add_argument("--factor", type=float, default=1.0, help="of the logits, to calibrate them (evaluate.py names the best)")
    args.add_argument("--plain", type=pathlib.Path, help="where to put the graph in single precision, to compare")
    args.add_argument("--out", default=pathlib.Path(__file__).parent, type=pathlib.Path)
    args = args.parse_args()

    base = check_base(args.base)
    torch.manual_seed(1)
    net = Net(base)
    if args.checkpoint:
        weights = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
        net.load_state_dict({k: v for k, v in weights.items() if not k.startswith("tasks.")})
    net.eval()
    with torch.no_grad():
        net.out.weight *= args.factor
        net.out.bias *= args.factor

    with tempfile.TemporaryDirectory() as scratch:
        plain, small = pathlib.Path(scratch, "model.onnx"), pathlib.Path(scratch, "int8.onnx")
        with torch.no_grad():
            to_onnx(net, plain)
        quantize(plain, small)
        if args.plain:
            put(plain.read_bytes(), args.plain)
        put(as_json(config_of(base)), args.out / "config.json")
        put((base / "tokenizer.json").read_bytes(), args.out / "tokenizer.json")
        put(small.read_bytes(), args.out / "onnx" / "model_quantized.onnx")
    for name in ("config.json", "tokenizer.json", "onnx/model_quantized.onnx"):
        data = (args.out / name).read_bytes()
        print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>10,}  {name}")


if __name__ == "__main__":
    main()
