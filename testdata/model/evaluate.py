"""Measure the exported model as the lab uses it.

usage: evaluate.py [--model DIR] [--exam DIR] [--lab DIR] [--rows N] [--plain FILE]

ONNX Runtime, one thread, a batch is the pairs of one review. What counts is the
held-out tenth of the corpus, of which training saw nothing, and --exam, a
folder like corpus/ by writers of whom it saw nothing. --lab is what `willbuy
synth --rows 2000 --seed 1` wrote, text of the grammar that training saw under
other seeds. --plain compares with a single-precision file of export.py. Prints
tables in Markdown.
"""
import argparse
import collections
import json
import pathlib
import threading
import time

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from hypotheses import FEELINGS, LAB_TEMPLATE, NEGATED, QUALITY_WORDS
from reviews import LAB_LABELS, QUALITIES, read_composed, read_corpus, read_reviews

ENTAILMENT = 2
HERE = pathlib.Path(__file__).parent


class Model:
    """The model directory, as any caller sees it."""

    def __init__(self, folder, graph="onnx/model_quantized.onnx"):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(512, strategy="only_first")
        self.tokenizer.enable_padding()
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(
            str(folder / graph), options, providers=["CPUExecutionProvider"])

    def encode(self, text, hypotheses):
        rows = self.tokenizer.encode_batch([(text, h) for h in hypotheses])
        return {
            "input_ids": np.array([r.ids for r in rows]),
            "attention_mask": np.array([r.attention_mask for r in rows]),
            "token_type_ids": np.array([r.type_ids for r in rows]),
        }

    def logits(self, text, hypotheses):
        """One batch → float32 [len(hypotheses),3]."""
        return self.session.run(["logits"], self.encode(text, hypotheses))[0]

    def entailment(self, reviews, hypotheses):
        """Logits of entailment, float64 [len(reviews),len(hypotheses)]."""
        return np.array([self.logits(r.text, hypotheses)[:, ENTAILMENT] for r in reviews], float)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def auc(score, positive):
    """Share of (positive, other) pairs in the right order, ties counting half."""
    a, b = score[positive], score[~positive]
    return float(((a[:, None] > b).mean() + (a[:, None] >= b).mean()) / 2)


def calibration(p, truth, bins=10):
    """Expected calibration error of the first label, in equally filled bins."""
    order = np.argsort(p.max(-1))
    right, sure = (p.argmax(-1) == truth)[order], p.max(-1)[order]
    parts = np.array_split(np.arange(len(p)), bins)
    return sum(abs(right[i].mean() - sure[i].mean()) * len(i) for i in parts) / len(p)


def log_loss(p, truth):
    return float(-np.log(p[np.arange(len(p)), truth].clip(1e-9)).mean())


def temperature(scores, truth):
    """The factor of the logits that makes the log loss smallest."""
    factors = np.geomspace(0.2, 3, 60)
    return float(min(factors, key=lambda f: log_loss(softmax(scores * f), truth)))


def quality(model, reviews, labels=LAB_LABELS, template=LAB_TEMPLATE):
    scores = model.entailment(reviews, [template.format(label) for label in labels])
    return scores, np.array([QUALITIES.index(r.quality) for r in reviews])


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(f"{c:.2f}" if isinstance(c, float) else str(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def measure(model, reviews, small_as="others"):
    """Tables of quality and sentiment by language, and the totals."""
    scores, truth = quality(model, reviews)
    guess, p = scores.argmax(-1), softmax(scores)
    sides = model.entailment(reviews, FEELINGS[0])
    lean = softmax(sides)[:, 0]
    count = collections.Counter(r.lang for r in reviews)
    group = np.array([r.lang if count[r.lang] >= 8 else small_as for r in reviews])
    side = np.array([r.side for r in reviews])

    rows = []
    for lang in [*sorted(set(group) - {small_as}), *({small_as} & set(group)), "all"]:
        here = (group == lang) | (lang == "all")
        row = [lang, int(here.sum()), float((guess == truth)[here].mean())]
        for q in range(3):
            of = here & (truth == q)
            row.append(float((guess[of] == q).mean()) if of.any() else "–")
        taken = here & (side != "balanced")
        positive = side[taken] == "positive"
        row.append(float(((lean[taken] > 0.5) == positive).mean()) if taken.any() else "–")
        row.append(auc(lean[taken], positive) if 0 < positive.sum() < len(positive) else "–")
        rows.append(row)
    print(table(["language", "reviews", "quality", *QUALITIES, "side", "side AUC"], rows))

    confusion = [[f"is {q}", *[int(((truth == i) & (guess == j)).sum()) for j in range(3)]] for i, q in enumerate(QUALITIES)]
    print(table(["", *[f"called {q}" for q in QUALITIES]], confusion))
    taken = side != "balanced"
    sided = (side[taken] == "negative").astype(int)
    result = {
        "reviews": len(reviews), "quality": float((guess == truth).mean()), "log_loss": log_loss(p, truth),
        "calibration_error": calibration(p, truth), "factor": temperature(scores, truth),
        "side_auc": auc(lean[taken], sided == 0), "side_log_loss": log_loss(softmax(sides[taken]), sided),
        "side_factor": temperature(sides[taken], sided),
        "neutral_band": float((np.abs(2 * lean - 1)[~taken] < 1 / 3).mean()),
    }
    print(json.dumps({k: round(v, 3) for k, v in result.items()}), "\n")
    return result


def ask_otherwise(model, reviews):
    """Quality asked in other words: what is left when labels or template change."""
    rows = []
    for i in range(len(QUALITY_WORDS["basic"])):
        labels = [QUALITY_WORDS[q][i] for q in QUALITIES]
        scores, truth = quality(model, reviews, labels)
        rows.append([" / ".join(labels), float((scores.argmax(-1) == truth).mean())])
    for template in ("This review is {}.", "{}", "Someone would call this text {}."):
        scores, truth = quality(model, reviews, template=template)
        rows.append([f"the lab's, “{template}”", float((scores.argmax(-1) == truth).mean())])
    for label, true_of in NEGATED[:4]:
        yes = model.entailment(reviews, [LAB_TEMPLATE.format(label)])[:, 0]
        rows.append([f"{label} (AUC of its entailment)", auc(yes, np.array([r.quality in true_of.split() for r in reviews]))])
    print(table(["labels", "accuracy"], rows))


def fidelity(model, plain, reviews):
    """What int8 changes: the answers, and the logits on average."""
    hypotheses = [LAB_TEMPLATE.format(label) for label in LAB_LABELS]
    pairs = [(model.logits(r.text, hypotheses), plain.logits(r.text, hypotheses)) for r in reviews]
    small, exact = np.array(pairs).swapaxes(0, 1)
    truth = np.array([QUALITIES.index(r.quality) for r in reviews])
    guess = [x[..., ENTAILMENT].argmax(-1) for x in (small, exact)]
    print(f"single precision: quality {(guess[1] == truth).mean():.3f}; int8 changes {(guess[0] != guess[1]).sum()} "
          f"of {len(reviews)} answers, the logits by {np.abs(small - exact).mean():.3f} on average\n")


def speed(model, reviews, threads=2, seconds=5):
    """Pairs a second, and tokens a pair, of one session called from several threads."""
    batches = [model.encode(r.text, [LAB_TEMPLATE.format(label) for label in LAB_LABELS]) for r in reviews]
    done = [0] * threads
    stop = time.time() + seconds

    def run(i):
        while time.time() < stop:
            model.session.run(["logits"], batches[(done[i] * threads + i) % len(batches)])
            done[i] += 1

    workers = [threading.Thread(target=run, args=(i,)) for i in range(threads)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    tokens = np.mean([b["input_ids"].shape[1] for b in batches])
    print(f"{sum(done) * 3 / seconds:.0f} pairs/s on {threads} threads at {tokens:.0f} tokens a pair")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--model", type=pathlib.Path, default=HERE)
    args.add_argument("--exam", type=pathlib.Path)
    args.add_argument("--lab", type=pathlib.Path)
    args.add_argument("--rows", type=int, default=2000)
    args.add_argument("--plain", type=pathlib.Path)
    args = args.parse_args()
    model = Model(args.model)
    _, held_out = read_corpus(HERE / "corpus")
    print("## Held-out reviews\n")
    measure(model, held_out)
    ask_otherwise(model, held_out)
    if args.plain:
        fidelity(model, Model(args.model, args.plain.resolve()), held_out)
    if args.exam:
        print("## The exam\n")
        measure(model, read_reviews(args.exam))
    if args.lab:
        print("## The lab's own data\n")
        measure(model, read_composed(args.lab)[:args.rows])
    middle = sorted(held_out, key=lambda r: abs(len(r.text) - 120))[:40]
    speed(model, middle)


if __name__ == "__main__":
    main()
