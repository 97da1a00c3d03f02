"""What people run today: a JSON line {"labels","scores"} a text, as `willbuy classify` gives.

usage: peers.py huggingface|onnxruntime DIR TEXTS [--batch N]

TEXTS holds a text a line. huggingface is the zero-shot pipeline on PyTorch with
N pairs a pass; onnxruntime is its Python package with the pairs of a text a
pass, on as many threads as there are cores. Both ask for the lab's labels.
"""
import argparse
import json
import os
import pathlib

LABELS = [
    "Detailed with specific information and experience",
    "Basic accurate information",
    "Generic brief with no details",
]
TEMPLATE = "This example is {}."


def huggingface(folder, texts, batch):
    import torch
    from transformers import pipeline

    torch.set_num_threads(os.cpu_count())
    classify = pipeline("zero-shot-classification", model=str(folder), device="cpu", batch_size=batch)
    with torch.inference_mode():
        for answer in classify((text for text in texts), LABELS, hypothesis_template=TEMPLATE):
            yield answer["labels"], answer["scores"]


def onnxruntime(folder, texts, _):
    import numpy as np
    import onnxruntime as ort
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    config = json.loads((folder / "config.json").read_text())
    pad = config.get("pad_token_id", 0)
    words.enable_padding(pad_id=pad, pad_token=words.id_to_token(pad))
    options = ort.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    network = next(n for n in ("model.onnx", "model_quantized.onnx") if (folder / "onnx" / n).exists())
    session = ort.InferenceSession(str(folder / "onnx" / network), options, providers=["CPUExecutionProvider"])
    wanted = [i.name for i in session.get_inputs()]
    for text in texts:
        rows = words.encode_batch([(text, TEMPLATE.format(label)) for label in LABELS])
        inputs = {
            "input_ids": np.array([r.ids for r in rows]),
            "attention_mask": np.array([r.attention_mask for r in rows]),
            "token_type_ids": np.array([r.type_ids for r in rows]),
        }
        logits = session.run(["logits"], {name: inputs[name] for name in wanted})[0][:, 2].astype(float)
        p = np.exp(logits - logits.max())
        p /= p.sum()
        order = p.argsort()[::-1]
        yield [LABELS[i] for i in order], p[order].tolist()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("peer", choices=["huggingface", "onnxruntime"])
    args.add_argument("dir", type=pathlib.Path)
    args.add_argument("texts", type=pathlib.Path)
    args.add_argument("--batch", type=int, default=1)
    args = args.parse_args()
    texts = args.texts.read_text().splitlines()
    for labels, scores in globals()[args.peer](args.dir, texts, args.batch):
        print(json.dumps({"labels": labels, "scores": scores}))


if __name__ == "__main__":
    main()
