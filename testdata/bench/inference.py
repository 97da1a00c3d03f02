"""Zero-shot classification, willbuy beside what people run today.

usage: inference.py --willbuy FILE --models DIR [--texts N] [--slow N] [--out DIR]

Builds the two shapes (shapes.py) and their int8 twins (willbuy textmodel
quantize) in DIR once, then runs every contestant as a process of its own, one
after the other: on one text, and on N (those slower than int8 on as many as
--slow says, from the same list, since their texts take seconds). The run on one
text is subtracted, so that starting and loading do not count; calibrating
`fast` does. Writes inference.md and inference.svg. Run it on an idle machine.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
from typing import NamedTuple

from tokenizers import Tokenizer

from peers import LABELS, TEMPLATE
from shapes import MODEL, reviews

HERE = pathlib.Path(__file__).parent


class Contestant(NamedTuple):
    name: str
    command: list  # to which the file of texts is added
    slow: bool = False


class Figures(NamedTuple):
    name: str
    texts: int
    pairs: float  # a second
    tokens: float  # a second
    pairs_cpu: float  # a CPU-second
    peak: float  # bytes
    answers: list  # of json


def run(command, texts, work):
    """Run a contestant on texts → answers, seconds, CPU-seconds, peak bytes."""
    (work / "texts.txt").write_text("\n".join(texts) + "\n")
    with open(work / "answers.jsonl", "w") as out, open(work / "stderr", "w") as err:
        begun = time.monotonic()
        child = subprocess.Popen([*command, str(work / "texts.txt")], stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(work / 'stderr').read_text()[-2000:]}")
    answers = [json.loads(line) for line in (work / "answers.jsonl").open()]
    return answers, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def measure(contestant, texts, tokens, work):
    """Figures of one contestant; tokens are those of each text's pairs."""
    _, wall1, cpu1, _ = run(contestant.command, texts[:1], work)
    answers, wall, cpu, peak = run(contestant.command, texts, work)
    if len(answers) != len(texts):
        raise SystemExit(f"{contestant.name} gave {len(answers)} answers to {len(texts)} texts")
    pairs = (len(texts) - 1) * len(LABELS)
    figures = Figures(contestant.name, len(texts), pairs / (wall - wall1), sum(tokens[1:len(texts)]) / (wall - wall1),
                      pairs / (cpu - cpu1), peak, answers)
    print(f"{figures.name}: {figures.pairs:.2f} pairs/s, {figures.tokens:.0f} tokens/s, {len(texts)} texts in {wall:.0f} s", flush=True)
    for line in (work / "stderr").read_text().splitlines():
        if "redone" in line:
            print("  " + line, flush=True)
    return figures


def agreement(figures, exact):
    """Share of equal first labels, and the largest difference of a score, on the texts both have."""
    both = list(zip(figures.answers, exact.answers))
    same = sum(a["labels"][0] == b["labels"][0] for a, b in both) / len(both)
    apart = max(abs(dict(zip(a["labels"], a["scores"]))[label] - score)
                for a, b in both for label, score in zip(b["labels"], b["scores"]))
    return same, apart


def table(title, results, exact, peers):
    best = max((r for r in results if r.name.startswith(peers)), key=lambda r: r.tokens)
    lines = [f"## {title}", "", f"Ratios are those of tokens a second to {best.name}, the faster of its kind.", "",
             "| | texts | pairs/s | tokens/s | ratio | pairs per CPU-s | peak | labels as exact | scores within |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in results:
        same, apart = agreement(r, exact)
        lines.append(f"| {r.name} | {r.texts:,} | {r.pairs:.1f} | {r.tokens:,.0f} | {r.tokens / best.tokens:.2f} | "
                     f"{r.pairs_cpu:.1f} | {r.peak / 1e9:.2f} GB | {same:.1%} | {apart:.0e} |")
    return "\n".join(lines) + "\n"


def plot(shapes, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams["svg.hashsalt"] = "willbuy"
    figure, axes = pyplot.subplots(1, len(shapes), figsize=(11, 3.2), layout="constrained")
    for axis, (title, results) in zip(axes, shapes.items()):
        names = [r.name for r in results][::-1]
        bars = axis.barh(names, [r.tokens for r in results][::-1],
                         color=["#2a6f97" if n.startswith("willbuy") else "#a9b4bd" for n in names])
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.margins(x=0.15)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("tokens a second")
        axis.set_xticks([])  # the bars have their figures
        axis.spines[["top", "right", "bottom"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def contestants(willbuy, folder):
    """Everyone who can run the directory."""
    def peer(name, *args):
        return [sys.executable, str(HERE / "peers.py"), name, str(folder), *args]

    def ours(precision):
        return [willbuy, "classify", "--model", str(folder), "--precision", precision,
                *[word for label in LABELS for word in ("--label", label)], "--template", TEMPLATE]

    return [
        Contestant("Hugging Face, batch 1", [*peer("huggingface"), "--batch", "1"], slow=True),
        Contestant("Hugging Face, batch 8", [*peer("huggingface"), "--batch", "8"], slow=True),
        Contestant("onnxruntime in Python", peer("onnxruntime"), slow=True),
        Contestant("willbuy exact", ours("exact")),
        Contestant("willbuy fast", ours("fast")),
        Contestant("willbuy int8", ours("int8")),
    ]


def build(shape, folder, willbuy):
    subprocess.run([sys.executable, str(HERE / "shapes.py"), shape, str(folder)], check=True)
    if not (folder / "onnx" / "model_quantized.onnx").exists():
        sample = folder / "sample.txt"  # how far the two agree is measured below, on more
        sample.write_text("good\nbad\n")
        subprocess.run([willbuy, "textmodel", "quantize", str(folder), "--python", sys.executable, "--sample", str(sample)], check=True)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "CPU")
    return f"{model}, {os.cpu_count()} cores"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--willbuy", required=True)
    args.add_argument("--models", type=pathlib.Path, required=True)
    args.add_argument("--texts", type=int, default=600)
    args.add_argument("--slow", type=int, default=50)
    args.add_argument("--out", type=pathlib.Path, default=HERE)
    args = args.parse_args()
    args.models.mkdir(parents=True, exist_ok=True)
    for shape in ("bart", "minilm"):
        build(shape, args.models / shape, args.willbuy)

    texts = sorted({" ".join(t.split()) for t in reviews()}, key=lambda t: hashlib.sha256(t.encode()).hexdigest())
    shapes, page = {}, []
    for title, folder, more in (
        ("bart-large-mnli's shape", args.models / "bart", 1),
        ("the embedded model's shape", args.models / "minilm", 4),
        ("the embedded model", MODEL, 4),
    ):
        words = Tokenizer.from_file(str(folder / "tokenizer.json"))
        of = texts[:args.texts * more]
        tokens = [sum(len(words.encode(t, TEMPLATE.format(label)).ids) for label in LABELS) for t in of]
        print(f"{title}: {len(of)} texts, {sum(tokens) / len(of) / len(LABELS):.0f} tokens a pair", flush=True)
        everyone = contestants(args.willbuy, folder)
        if folder == MODEL:  # it is int8 alone, and a graph that PyTorch's classes do not have
            everyone = [everyone[2], everyone[-1]]
        results = [measure(c, of[:args.slow * more] if c.slow else of, tokens, args.models) for c in everyone]
        exact = next((r for r in results if r.name == "willbuy exact"), results[-1])
        shapes[title] = results
        page.append(table(f"{title[0].upper()}{title[1:]}, {sum(tokens) / len(of) / len(LABELS):.0f} tokens a pair",
                          results, exact, "onnxruntime" if folder == MODEL else "Hugging Face"))
    head = (f"# Zero-shot classification, measured\n\nMade by `make bench-inference` on {machine()}. Random weights in the two shapes; "
            f"reviews of the corpus, three labels each.\n\n![](inference.svg)\n\n")
    (args.out / "inference.md").write_text(head + "\n".join(page))
    plot(shapes, args.out / "inference.svg")


if __name__ == "__main__":
    main()
