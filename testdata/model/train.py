"""Fine-tune all-MiniLM-L6-v2 into the lab's inference model, on CPU.

usage: train.py --base DIR --composed DIR [--work DIR] [--start FILE] [--stage S] [--steps N] [--minutes M]

Each review is encoded once and asked six or seven claims (hypotheses.py). The
loss is the sum of three: every claim's classes; the contests, a softmax over
the entailments of the claims that inference asks together; and plain heads on
the review for quality, sentiment and product, which teach the encoder faster
in the beginning and are dropped at export. What is kept is the exponential
moving average of the weights, WORK/checkpoint.pt in the end. Every few minutes
WORK/state.pt holds everything, and a run that was broken off goes on from there.
"""
import argparse
import collections
import copy
import datetime
import json
import os
import pathlib
import random
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy, log_softmax

from evaluate import auc
from glosses import Switch, read_glosses
from hypotheses import FEELINGS, LAB_TEMPLATE, STAGES, ask
from net import ENTAILMENT, Net, check_base
from reviews import LAB_LABELS, PRODUCTS, QUALITIES, SENTIMENTS, Source, read_composed, read_corpus

TASKS = [len(QUALITIES), len(SENTIMENTS), len(PRODUCTS)]
LONGEST = 110  # tokens of a review
TOKENS = 1400  # of a batch, padding included
REACH = 40  # batches sorted by length together
WARM_UP = 0.05  # of the run
# Adam makes the first steps of a rarely seen word as large as those of a common
# one, and words seen twice would be learnt by heart. With an epsilon above its
# gradients a word's embedding moves as far as there is evidence.
WORDS_EPSILON = 3e-4
AVERAGE = 0.99
MASKED = 0.06  # share of a review's tokens hidden from the encoder


class Encoder:
    """Turns reviews and their claims into rows of tokens."""

    def __init__(self, base):
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.cls, self.sep, self.mask = map(self.tokenizer.token_to_id, ("[CLS]", "[SEP]", "[MASK]"))
        self.known = {}

    def hypothesis(self, text):
        if text not in self.known:
            self.known[text] = self.tokenizer.encode(text, add_special_tokens=False).ids + [self.sep]
        return self.known[text]

    def row(self, text, claims, rng=None):
        """One row: (token, group, position) of [CLS] review [SEP] and each hypothesis [SEP]."""
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids[:LONGEST]
        if rng:
            ids = [self.mask if rng.random() < MASKED else i for i in ids]
        row = [(i, 0, p) for p, i in enumerate([self.cls, *ids, self.sep])]
        start = len(row)
        for g, (claim, *_) in enumerate(claims, 1):
            row += [(i, g, start + p) for p, i in enumerate(self.hypothesis(claim))]
        return row


def padded(rows):
    """Rows → int64 tensors ids, group, position, each [B,S]."""
    longest = max(map(len, rows))
    return torch.tensor([r + [(0, -1, 0)] * (longest - len(r)) for r in rows]).unbind(-1)


def batches(source, encoder, rng, stage):
    """Endless batches of about TOKENS tokens, of rows of like length."""
    while True:
        items = []
        for review in source.draw(REACH * 12):
            claims, contests = ask(rng, review, stage)
            items.append((encoder.row(review.text, claims, rng), review, claims, contests))
        items.sort(key=lambda item: len(item[0]))
        ready, start = [], 0
        for end in range(1, len(items) + 1):
            if end == len(items) or (end + 1 - start) * len(items[end][0]) > TOKENS:
                ready.append(items[start:end])
                start = end
        rng.shuffle(ready)
        yield from ready


def loss_of(net, batch):
    rows, reviews, claims, contests = zip(*batch)
    with torch.autocast("cpu", torch.bfloat16):
        logits, tasks = net(*padded(rows))
    logits, tasks = logits.float(), [t.float() for t in tasks]

    where = [(b, g) for b, cs in enumerate(claims) for g in range(len(cs))]
    picked = logits[tuple(torch.tensor(where).T)]
    wanted = torch.tensor([target for cs in claims for _, target in cs])
    loss = cross_entropy(picked, wanted)

    entailment = logits[..., ENTAILMENT]
    for size in (2, 3):
        found = [(b, first, w) for b, cs in enumerate(contests) for first, w in cs if len(w) == size]
        if found:
            scores = torch.stack([entailment[b, first:first + size] for b, first, _ in found])
            loss = loss + cross_entropy(scores, torch.tensor([w for *_, w in found]))

    answers = [
        [QUALITIES.index(r.quality) for r in reviews],
        [SENTIMENTS.index(r.side) for r in reviews],
        [-100 if r.quality == "generic" else PRODUCTS.index(r.product) for r in reviews],
    ]
    for head, answer, weight in zip(tasks, answers, (0.5, 0.5, 0.15)):
        answer = torch.tensor(answer)
        said = answer >= 0
        # All generic: the head still has to take part, or the other processes wait for it.
        loss = loss + weight * (cross_entropy(head[said], answer[said], label_smoothing=0.05) if said.any() else 0 * head.sum())
    return loss


@torch.no_grad()
def measure(net, encoder, reviews):
    """Accuracy of quality, and AUC of positive against negative, by language, as inference would ask."""
    net.eval()
    labels = [(LAB_TEMPLATE.format(label),) for label in LAB_LABELS]
    sides = [(claim,) for claim in FEELINGS[0]]
    found = []  # (language, quality right, side, its score)
    rows = sorted(((encoder.row(r.text, labels + sides), r) for r in reviews), key=lambda x: len(x[0]))
    for at in range(0, len(rows), 24):
        part = rows[at:at + 24]
        with torch.autocast("cpu", torch.bfloat16):
            entailment = net(*padded([row for row, _ in part]))[0][..., ENTAILMENT].float()
        for (_, r), e in zip(part, entailment):
            found.append((r.lang, QUALITIES[int(e[:3].argmax())] == r.quality, r.side, float(e[3] - e[4])))

    def of(lang):
        here = [f for f in found if lang in ("all", f[0])]
        score, positive = zip(*[(f[3], f[2] == "positive") for f in here if f[2] != "balanced"] or [(0, True)])
        return [round(float(np.mean([f[1] for f in here])), 3), round(auc(np.array(score), np.array(positive)), 3)]

    count = collections.Counter(f[0] for f in found)
    return {lang: of(lang) for lang in ["all", *sorted(lang for lang in count if count[lang] >= 8)]}


def rate(done):
    """Factor of the learning rate: up in the warm-up, then down to nothing."""
    return min(done / WARM_UP, (1 - done) / (1 - WARM_UP), 1.0)


def average(target, net, step):
    keep = min(AVERAGE, step / (step + 10))
    with torch.no_grad():
        for a, b in zip(target.parameters(), net.parameters()):
            a.lerp_(b, 1 - keep)


def save(path, state):
    """Write a file whole, then put it in its place."""
    part = path.with_name("part.pt")
    torch.save(state, part)
    os.replace(part, path)


def work(process, args):
    dist.init_process_group("gloo", init_method=f"file://{args.work}/meet", rank=process, world_size=args.processes,
                            timeout=datetime.timedelta(hours=3))  # one may be stopped for a while
    torch.set_num_threads(1)
    torch.backends.cuda.enable_flash_sdp(False)  # of CPUs, too: slow backwards, on rows as short as these
    torch.manual_seed(args.seed)
    base = check_base(args.base)
    net = Net(base, TASKS)
    if args.start:
        net.load_state_dict(torch.load(args.start, weights_only=True))
    kept = copy.deepcopy(net)

    words = net.encoder.embeddings.word_embeddings.weight
    body = [p for p in net.encoder.parameters() if p is not words]
    heads = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW([
        {"params": [words], "lr": args.rate, "eps": WORDS_EPSILON, "weight_decay": 0},
        {"params": body, "lr": args.rate},
        {"params": heads, "lr": args.rate * (5 if args.start is None else 1)},
    ], weight_decay=0.01, fused=True)
    peaks = [g["lr"] for g in optimizer.param_groups]
    step = seen = spent = 0
    if (args.work / "state.pt").exists():
        state = torch.load(args.work / "state.pt", weights_only=True)
        net.load_state_dict(state["net"])
        kept.load_state_dict(state["kept"])
        optimizer.load_state_dict(state["optimizer"])
        step, seen, spent = state["step"], state["seen"], state["spent"]
    parallel = torch.nn.parallel.DistributedDataParallel(net)

    seed = f"{args.seed} {process} {step}"
    torch.manual_seed(random.Random(seed).getrandbits(32))  # dropout
    encoder = Encoder(base)
    corpus, held_out = read_corpus(pathlib.Path(__file__).parent / "corpus")
    composed = read_composed(args.composed)
    source = Source(corpus, composed, Switch(read_glosses()), seed)
    stream = batches(source, encoder, random.Random(seed + " claims"), args.stage)
    begun, reported, losses = time.time() - spent, time.time(), []
    while True:
        # Every process has to see the same progress.
        done = torch.tensor([max(step / args.steps, (time.time() - begun) / 60 / args.minutes), time.time() - reported])
        dist.broadcast(done, 0)
        done, since = done.tolist()
        if process == 0 and (since > args.report or done >= 1):
            save(args.work / "state.pt", {
                "net": net.state_dict(), "kept": kept.state_dict(), "optimizer": optimizer.state_dict(),
                "step": step, "seen": seen, "spent": time.time() - begun,
            })
            result = measure(kept, encoder, held_out)
            print(json.dumps({
                "time": time.strftime("%H:%M:%S"), "step": step, "done": round(done, 3), "reviews": seen * args.processes,
                "loss": round(sum(losses) / max(len(losses), 1), 3), "held_out": result,
                "composed": measure(kept, encoder, composed[:150])["all"],
            }), flush=True)
            losses = []
        if since > args.report:
            reported = time.time()
        if done >= 1:
            break
        for group, peak in zip(optimizer.param_groups, peaks):
            group["lr"] = peak * rate(max(done, 1e-3))
        batch = next(stream)
        parallel.train()
        loss = loss_of(parallel, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        seen += len(batch)
        losses.append(loss.item())
        if process == 0:
            average(kept, net, step)
    if process == 0:
        save(args.work / "checkpoint.pt", kept.state_dict())
    dist.destroy_process_group()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--base", required=True, help="where all-MiniLM-L6-v2 lies")
    args.add_argument("--composed", required=True, help="what `willbuy synth --dirty 0` wrote")
    args.add_argument("--work", type=pathlib.Path, default=pathlib.Path("run"))
    args.add_argument("--stage", choices=STAGES, default="all")
    args.add_argument("--start", help="the checkpoint of an earlier stage")
    args.add_argument("--steps", type=int, default=2500)
    args.add_argument("--minutes", type=float, default=1e9, help="end by then, steps or not")
    args.add_argument("--report", type=float, default=240, help="seconds between checkpoints")
    args.add_argument("--processes", type=int, default=2)
    args.add_argument("--rate", type=float, default=2e-4)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    (args.work / "meet").unlink(missing_ok=True)
    mp.spawn(work, (args,), args.processes)


if __name__ == "__main__":
    main()
