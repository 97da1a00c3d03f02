#!/usr/bin/env python3
"""Builds the tiny random models that the tests of textmodel, zeroshot and
sentiment run, and the answers of Hugging Face's own pipelines on them.

    python testdata/tiny/make.py

needs torch, transformers 4.57, onnx, onnxruntime and tokenizers. Everything is
seeded; the models know nothing (their weights are noise, widened so that
texts and labels differ), the point is that two programs agree on them.

Folders made, each laid out like a model directory from the hub:
  nli            BERT, uncased, contradiction 0, neutral 1, entailment 2
  nli-int8       the same after dynamic quantisation of its matrix products
  nli-reversed   BERT, cased, entailment 0, neutral 1, contradiction 2; model.onnx at the root
  nli-fixed      nli, exported so that only batches of one run
  bart           BART, byte-level BPE; pools the last </s>
  stars          BERT, five classes "1 star" to "5 stars"
  tones          BERT, Positive 0, neutral 1, negative 2

zeroshot.json.gz holds the texts asked, the questions, and for each model and
question the order of the labels and their scores, in units of 1e-7.
"""
import gzip
import json
import os
import random
import shutil
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (BartConfig, BartForSequenceClassification, BartTokenizerFast, BertConfig,
                          BertForSequenceClassification, BertTokenizerFast, pipeline)

HERE = Path(__file__).resolve().parent
MAX_LENGTH = 96
NLI = ["contradiction", "neutral", "entailment"]

TEXTS = json.loads((HERE / "texts.json").read_text())

LAB = ["Detailed with specific information and experience", "Basic accurate information",
       "Generic brief with no details"]
QUESTIONS = [
    {"labels": LAB},
    {"labels": LAB, "multi_label": True},
    {"labels": ["positive", "negative"], "template": "The sentiment of this review is {}."},
    {"labels": ["battery"]},
    {"labels": "shipping, price ,, quality,size"},
    {"labels": ["price", "fit", "price"], "template": "Esta reseña trata de {}."},
    {"labels": ["price", "fit", "price"], "multi_label": True},
    {"labels": ["good </s> bad", "good"], "template": "It is {0}, {{really}} {0}."},
    {"labels": ["short", "a label that goes on and on, past the fifth word and the fifteenth, "
                "so that little of a long text is left beside it in the model's window"], "multi_label": True},
]
REFUSED = [
    {"text": "", "labels": LAB},
    {"text": "fine", "labels": []},
    {"text": "fine", "labels": " , ,"},
    {"text": "fine", "labels": ["a"], "template": "no slot"},
    {"text": "fine", "labels": ["a"], "template": "{} and {}"},
    {"text": "fine", "labels": ["a"], "template": "{} and {0}"},
    {"text": "fine", "labels": ["a"], "template": "{1}"},
    {"text": "fine", "labels": ["a"], "template": "{name}"},
    {"text": "fine", "labels": ["a"], "template": "{} and {"},
    {"text": "fine", "labels": ["a"], "template": "{} and }"},
    {"text": "fine", "labels": ["{}"], "template": "{}"},
    {"text": "fine", "labels": ["good", "very " * 200 + "good"]},
]


def many_texts():
    """TEXTS, then texts made of their words, of any Unicode, of what tokenizers
    take for their own, too long, the same again: 600 in all."""
    rng = random.Random(7)
    words = " ".join(TEXTS).split()
    special = ["</s>", "<s>", "<pad>", "<mask>", "<unk>", "[SEP]", "[CLS]", "[PAD]", "[MASK]", "[UNK]"]
    blocks = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F),
              (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x3040, 0x30FF), (0x4E00, 0x4FFF),
              (0xAC00, 0xACFF), (0xFB00, 0xFB06), (0xFE00, 0xFE0F), (0xFF00, 0xFFEF), (0x1F300, 0x1F64F), (0xE0100, 0xE0110)]

    def characters(n):
        lo, hi = rng.choice(blocks)
        return "".join(chr(rng.randint(lo, hi)) for _ in range(n))

    def sentence(n):
        return " ".join(rng.choice(words) for _ in range(n))

    texts = list(TEXTS)
    while len(texts) < 560:
        kind = rng.random()
        if kind < 0.4:
            text = sentence(rng.randint(1, 40))
        elif kind < 0.55:
            text = sentence(rng.randint(90, 200))
        elif kind < 0.75:
            text = " ".join(rng.choice([characters(rng.randint(1, 8)), rng.choice(words)]) for _ in range(rng.randint(1, 15)))
        elif kind < 0.9:
            text = rng.choice(["", " "]).join(rng.choice([rng.choice(special), rng.choice(words)]) for _ in range(rng.randint(1, 12)))
        else:
            text = rng.choice([" ", "\n", "\t", "\u200b", "\u00ad", "\x00", "\x1b[1m", "\r\n", "\ufeff"]) * rng.randint(1, 3) + characters(rng.randint(0, 3))
        texts.append(text)
    return texts + rng.sample(texts, 40)


ASKED = many_texts()


def kept(name):
    """The tokenizer that a folder has already. Training breaks ties as it
    likes, so a new one would differ from run to run: delete the folder for one."""
    file = HERE / name / "tokenizer.json"
    return Tokenizer.from_file(str(file)) if file.exists() else None


def wordpiece(name, lower):
    t = kept(name) or train_wordpiece(lower)
    return BertTokenizerFast(tokenizer_object=t, do_lower_case=lower, model_max_length=MAX_LENGTH)


def train_wordpiece(lower):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=500, special_tokens=specials, show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))])
    return t


def byte_level(name):
    return BartTokenizerFast(tokenizer_object=kept(name) or train_byte_level(), model_max_length=MAX_LENGTH)


def train_byte_level():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    t.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=500, special_tokens=specials, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return t


def widen(model, seed):
    """Gives every weight a spread at which random logits differ by whole units."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1:
                p.copy_(torch.randn(p.shape, generator=generator) * (1.0 if "embed" in name else 0.35))
    return model.eval()


def bert(tokenizer, labels, seed):
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=MAX_LENGTH, attn_implementation="eager",
        id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)})
    return widen(BertForSequenceClassification(config), seed)


def bart(tokenizer, labels, seed):
    config = BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=MAX_LENGTH,
        attn_implementation="eager", id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)})
    return widen(BartForSequenceClassification(config), seed)


class Export(torch.nn.Module):
    """The model as ONNX sees it: tensors in, logits out. With fixed, the last
    reshape holds the traced batch size, as in exports made by older tools."""

    def __init__(self, model, names, fixed):
        super().__init__()
        self.model, self.names, self.fixed = model, names, fixed

    def forward(self, *tensors):
        logits = self.model(**dict(zip(self.names, tensors))).logits
        return logits.reshape(1, 3) if self.fixed else logits


def save(name, model, tokenizer, file="onnx/model.onnx", fixed=False):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / file).parent.mkdir(parents=True)
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    for extra in list(folder.glob("*")):
        if extra.name not in ("config.json", "tokenizer.json", "tokenizer_config.json", "onnx"):
            extra.unlink()
    rows = tokenizer([["a fine bag", "it is good"]] * (1 if fixed else 2), return_tensors="pt")
    names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in rows]
    axes = {n: {0: "batch", 1: "sequence"} for n in names} | {"logits": {0: "batch"}}
    torch.onnx.export(Export(model, names, fixed).eval(), tuple(rows[n] for n in names), folder / file, dynamo=False,
                      input_names=names, output_names=["logits"], dynamic_axes=axes, opset_version=17)


def answers(model, tokenizer):
    """What the zero-shot pipeline says to every text and question, and that it refuses REFUSED."""
    classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, framework="pt", device="cpu")

    def ask(text, q):
        template = {"hypothesis_template": q["template"]} if "template" in q else {}
        return classify(text, candidate_labels=q["labels"], multi_label=q.get("multi_label", False), **template)

    out = []
    for q in QUESTIONS:
        results = [ask(text, q) for text in ASKED]
        # Labels may be the same; their places then are told apart by order alone.
        known = [label.strip() for label in q["labels"].split(",") if label.strip()] if isinstance(q["labels"], str) else q["labels"]
        out.append(q | {"order": ["".join(str(known.index(label)) for label in r["labels"]) for r in results],
                        "scores": [[round(s * 1e7) for s in r["scores"]] for r in results]})
    for q in REFUSED:
        try:
            ask(q["text"], q)
        except Exception:
            continue
        raise SystemExit(f"Hugging Face answers {q}, which is listed as refused")
    return out


def write(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    torch.manual_seed(1)
    uncased, cased, bpe = wordpiece("nli", True), wordpiece("nli-reversed", False), byte_level("bart")

    nli = bert(uncased, NLI, 1)
    backwards = bert(cased, NLI[::-1], 2)
    pooled = bart(bpe, NLI, 3)
    save("nli", nli, uncased)
    save("nli-fixed", nli, uncased, fixed=True)
    save("nli-reversed", backwards, cased, file="model.onnx")
    save("bart", pooled, bpe)

    shutil.rmtree(HERE / "nli-int8", ignore_errors=True)
    shutil.copytree(HERE / "nli", HERE / "nli-int8")
    quantize_dynamic(HERE / "nli-int8/onnx/model.onnx", HERE / "nli-int8/onnx/model_quantized.onnx",
                     weight_type=QuantType.QInt8, reduce_range=True, op_types_to_quantize=["MatMul"])
    (HERE / "nli-int8/onnx/model.onnx").unlink()

    goldens = json.dumps({"texts": ASKED, "refused": REFUSED, "nli": answers(nli, uncased),
                          "nli-reversed": answers(backwards, cased), "bart": answers(pooled, bpe)},
                         ensure_ascii=False, separators=(",", ":"))
    (HERE / "zeroshot.json.gz").write_bytes(gzip.compress(goldens.encode(), 9, mtime=0))

    sentiment = {}
    for name, labels, seed in (("stars", ["1 star"] + [f"{n} stars" for n in range(2, 6)], 4),
                               ("tones", ["Positive", "neutral", "negative"], 5)):
        own = wordpiece(name, True)
        model = bert(own, labels, seed)
        save(name, model, own)
        classify = pipeline("text-classification", model=model, tokenizer=own, framework="pt", device="cpu",
                            top_k=None)
        sentiment[name] = [{r["label"]: round(r["score"], 7) for r in answer}
                           for answer in classify(TEXTS, truncation=True)]
    write("sentiment.json", sentiment)


if __name__ == "__main__":
    main()
