"""Measures the tokenizer of pipeline/tokenizer against Hugging Face's Rust library, on one core.

    python testdata/tokenizer/speed.py [DIR...]         (from the repository's root; tokenizers==0.22.2)

Both encode the reviews of testdata/model/corpus without special tokens, in turn, pinned to the same core, in texts per
second of CPU time, so that what else the machine does counts little; the figure is the median of the rounds. Cold is a
tokenizer that was just loaded and has met no word yet, warm the same texts again. Of the library the faster of
encode_batch and encode_batch_fast (which leaves out offsets, as ours does) counts, on one thread.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS, CORE = 5, 0
CORPUS = os.path.join(HERE, "..", "model", "corpus")


def corpus():
    texts = []
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as f:
            texts += [json.loads(line)["text"] for line in f]
    return texts


def measure_library(texts_file, folder):
    """Runs in a process of its own; prints cold and warm."""
    from tokenizers import Tokenizer
    with open(texts_file, encoding="utf-8") as f:
        texts = json.load(f)
    best = [0, 0]
    for method in ("encode_batch", "encode_batch_fast"):
        t = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        t.no_truncation()
        t.no_padding()
        for i in range(2):
            start = time.process_time()
            getattr(t, method)(texts, add_special_tokens=False)
            best[i] = max(best[i], len(texts) / (time.process_time() - start))
    print(*best)


def pinned(command, env=None):
    done = subprocess.run(["taskset", "-c", str(CORE)] + command, env={**os.environ, **(env or {})}, check=True,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout


def main(folders):
    single = {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory() as scratch:
        texts = corpus()
        texts_file, binary = os.path.join(scratch, "texts.json"), os.path.join(scratch, "ours")
        with open(texts_file, "w", encoding="utf-8") as f:
            json.dump(texts, f)
        subprocess.run(["go", "test", "-c", "-o", binary, "./pipeline/tokenizer"], check=True)
        print("%d texts, %.0f characters each; texts per CPU second" % (len(texts), statistics.mean(map(len, texts))))
        print("| tokenizer | | Rust library | willbuy | ratio |\n|---|---|---|---|---|")
        for folder in map(os.path.abspath, folders):
            library, ours = [], []
            for _ in range(ROUNDS):
                library.append([float(x) for x in pinned([sys.executable, __file__, "--library", texts_file, folder], single).split()])
                out = pinned([binary, "-test.run=^$", "-test.bench=BenchmarkCorpus", "-test.benchtime=1x",
                              "-texts", texts_file, "-model", folder], {"GOMAXPROCS": "1"})
                ours.append([float(re.search(r"([\d.e+]+) %s-texts/s" % kind, out).group(1)) for kind in ("cold", "warm")])
            for i, kind in enumerate(("cold", "warm")):
                theirs, mine = statistics.median(x[i] for x in library), statistics.median(x[i] for x in ours)
                print("| %s | %s | %.0f | %.0f | %.1f |" % (os.path.basename(folder), kind, theirs, mine, mine / theirs), flush=True)


if sys.argv[1:2] == ["--library"]:
    measure_library(*sys.argv[2:])
else:
    main(sys.argv[1:] or [os.path.join(HERE, "bpe-roberta"), os.path.join(HERE, "wordpiece-uncased"), os.path.join(HERE, "..", "model")])
