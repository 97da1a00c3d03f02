"""Model directories with random weights, as Hugging Face lays them out.

usage: shapes.py bart|minilm DIR

bart is facebook/bart-large-mnli's shape, minilm that of the embedded model. How
fast a network runs does not depend on what it learnt, and 1.6 GB cannot be
downloaded everywhere. Weights are drawn as PyTorch does for a new model. BART's
vocabulary is trained on the corpus of testdata/model and has fewer entries than
the published 50,265; only their number matters, and the network keeps all rows.
"""
import argparse
import json
import pathlib

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (BartConfig, BartForSequenceClassification, BartTokenizerFast, BertConfig,
                          BertForSequenceClassification, BertTokenizerFast)

MODEL = pathlib.Path(__file__).parents[1] / "model"
LABELS = ["contradiction", "neutral", "entailment"]


def reviews():
    """All texts of the corpus."""
    return [json.loads(line)["text"] for file in sorted((MODEL / "corpus").glob("*.jsonl")) for line in file.open()]


def bart():
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    words.train_from_iterator(reviews(), trainers.BpeTrainer(
        vocab_size=20_000, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    words.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    config = BartConfig(**names(), attn_implementation="eager")  # its defaults are bart-large's
    return BartTokenizerFast(tokenizer_object=words, model_max_length=1024), BartForSequenceClassification(config)


def minilm():
    words = BertTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), model_max_length=512)
    config = json.loads((MODEL / "config.json").read_text()) | names()
    return words, BertForSequenceClassification(BertConfig(**config, attn_implementation="eager"))


def names():
    return {"id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)}}


class Logits(torch.nn.Module):
    """What ONNX sees: tensors in, logits out."""

    def __init__(self, model, inputs):
        super().__init__()
        self.model, self.inputs = model, inputs

    def forward(self, *tensors):
        return self.model(**dict(zip(self.inputs, tensors))).logits


def main():
    args = argparse.ArgumentParser()
    args.add_argument("shape", choices=["bart", "minilm"])
    args.add_argument("dir", type=pathlib.Path)
    args = args.parse_args()
    network = args.dir / "onnx" / "model.onnx"
    if network.exists():
        return
    network.parent.mkdir(parents=True, exist_ok=True)

    torch.manual_seed(1)
    words, model = bart() if args.shape == "bart" else minilm()
    model.eval()
    words.save_pretrained(args.dir)
    model.save_pretrained(args.dir)

    rows = words([["a fine bag", "it is good"], ["no", "yes"]], return_tensors="pt", padding=True)
    inputs = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in rows]
    part = network.with_name("part.onnx")
    with torch.no_grad():
        torch.onnx.export(
            Logits(model, inputs).eval(), tuple(rows[name] for name in inputs), part, dynamo=False, opset_version=17,
            input_names=inputs, output_names=["logits"],
            dynamic_axes={name: {0: "batch", 1: "sequence"} for name in inputs} | {"logits": {0: "batch"}})
    part.rename(network)


if __name__ == "__main__":
    main()
