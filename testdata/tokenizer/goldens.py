"""Trains the small tokenizers of this folder and writes what Hugging Face's library makes of many texts.

    python testdata/tokenizer/goldens.py            writes the committed files (tokenizers==0.22.2)

A golden is the CRC-32 of the ids as little-endian int32, so that thousands fit into the repository. A tokenizer
that is there already is kept, since the library's WordPiece trainer never trains the same one twice.
The sweep of every code point is there for one tokenizer of each kind. For a comparison of 60,000 other texts each time,
of pairs that are cut at many lengths, and of 200 made-up model directories (directories.py), with any tokenizers
(absolute paths):

    python testdata/tokenizer/goldens.py 60000 FILE DIR...
    go test ./pipeline/tokenizer -run 'AreThoseOf|AreReadAs' -goldens FILE
"""
import gzip
import itertools
import json
import os
import random
import struct
import sys
import zlib

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

import directories
from texts import SPACES, TOKENS, WORDS, sweep, texts

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, COUNT = 7, 3000


def corpus():
    base = [w for w in WORDS if w.strip()]
    return texts(4000, 1) + [" ".join(base[i % len(base):] + base[:i % len(base)]) for i in range(200)]


def added(model_tokens):
    """Added tokens with every flag, beyond the special ones."""
    return [AddedToken("Willbuy", normalized=True), AddedToken("café au lait", normalized=True),
            AddedToken("left", lstrip=True, normalized=False), AddedToken("right", rstrip=True, normalized=True),
            AddedToken("solo", single_word=True, normalized=False),
            AddedToken("lefty", lstrip=True, rstrip=True, single_word=True, normalized=True)] + model_tokens


def wordpiece(lowercase, strip, size):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, limit_alphabet=900))
    return t


def bytelevel(prefix, size):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True, normalized=False)]
    t.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


def train():
    cased = wordpiece(False, None, 2500)
    cls, sep = ("[CLS]", cased.token_to_id("[CLS]")), ("[SEP]", cased.token_to_id("[SEP]"))
    cased.post_processor = processors.BertProcessing(sep, cls)
    yield "wordpiece-cased", json.loads(cased.to_str())

    uncased = wordpiece(True, None, 2500)
    uncased.add_tokens(added([]))
    uncased.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(n, uncased.token_to_id(n)) for n in ("[CLS]", "[SEP]")])
    yield "wordpiece-uncased", json.loads(uncased.to_str())

    accents = wordpiece(True, False, 1500)
    accents.normalizer = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, lowercase=True, strip_accents=False)
    yield "wordpiece-accents", json.loads(accents.to_str())

    roberta = bytelevel(False, 2500)
    roberta.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    yield "bpe-roberta", json.loads(roberta.to_str())

    # As files of 2020 are written: no model type, merges as strings. Here with a blank before the text,
    # more added tokens, and some bytes unknown.
    bart = bytelevel(True, 1500)
    bart.add_tokens(added([]))
    spec = json.loads(bart.to_str())
    model = spec["model"]
    for key in ("type", "ignore_merges", "byte_fallback"):
        model.pop(key, None)
    for byte in "õö÷ŁĀā":
        model["vocab"].pop(byte)
        model["merges"] = [m for m in model["merges"] if byte not in m[0] + m[1]]
    model.update(unk_token="<unk>", fuse_unk=True, merges=[" ".join(m) for m in model["merges"]])
    yield "bpe-legacy", spec


def crc(ids):
    return zlib.crc32(struct.pack("<%di" % len(ids), *ids))


def load(folder):
    """A tokenizer as transformers loads it, or where no config.json tells how, as tokenizer.json alone has it."""
    if os.path.exists(os.path.join(folder, "config.json")):
        t = directories.AutoTokenizer.from_pretrained(folder).backend_tokenizer
    else:
        t = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    t.no_truncation()
    t.no_padding()
    return t


def rows(t, pairs, length):
    """Pairs with truncation only_first; null where the library refuses."""
    t.enable_truncation(length, strategy="only_first")
    for a, b in pairs:
        try:
            e = t.encode(a, b) if b is not None else t.encode(a)
            yield {"a": a, "b": b, "max": length, "ids": e.ids, "types": e.type_ids}
        except Exception:
            yield {"a": a, "b": b, "max": length, "ids": None, "types": None}
    t.no_truncation()


def write(path, content):
    with open(path, "wb") as f:
        f.write(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 9, mtime=0))


def ids(t, all_texts):
    return [crc(e.ids) for at in range(0, len(all_texts), 1000)
            for e in t.encode_batch(all_texts[at:at + 1000], add_special_tokens=False)]


def special_texts(n, seed):
    """Texts of words and tokens, most of them with one blank between."""
    r = random.Random(seed)
    return ["".join(r.choice(directories.ADDED + TOKENS + WORDS) + r.choice(SPACES + [" "] * 12) for _ in range(r.randint(1, 8)))
            for _ in range(n)]


def made_up(n, seed):
    few = special_texts(70, seed) + texts(30, seed)
    return {"directory_texts": few, "directories": directories.goldens(n, seed, HERE, few, crc)}


if len(sys.argv) > 1:
    count, path, folders = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    many, loaded = texts(count, seed), {folder: load(folder) for folder in folders}
    some = texts(80, seed + 1) + special_texts(40, seed + 1)
    pairs = list(zip(some, [None, ""] + some[::-1]))
    write(path, {"texts": many, "crc": {folder: ids(t, many) for folder, t in loaded.items()},
                 "rows": {folder: [row for n in (1024, 64, 20, 16, 12, 9, 7, 6, 5) for row in rows(t, pairs, n)]
                          for folder, t in loaded.items()}, **made_up(200, seed)})
    sys.exit()

golden = {"texts": texts(COUNT, SEED), "crc": {}, "rows": {}, "sweep": {}, **made_up(60, SEED)}
SWEPT, BLOCK = list(sweep(0x323AF)), 100  # the assigned planes but for tags; texts whose ids share one checksum
PAIRS = [(a, b) for a in ("", "Great, fast delivery!", "日本語 café " * 3)
         for b in (None, "", "This example is good.", "right " * 9)]
for name, spec in train():
    folder = os.path.join(HERE, name)
    if not os.path.exists(folder):
        os.makedirs(folder)
        with open(os.path.join(folder, "tokenizer.json"), "w") as f:
            json.dump(spec, f, ensure_ascii=False, separators=(",", ":"))
    t = load(folder)
    golden["crc"][name] = ids(t, golden["texts"])
    if name in ("wordpiece-uncased", "bpe-roberta"):
        golden["sweep"][name] = [crc([i for e in t.encode_batch(SWEPT[at:at + BLOCK], add_special_tokens=False) for i in e.ids])
                                 for at in range(0, len(SWEPT), BLOCK)]
    golden["rows"][name] = list(itertools.chain.from_iterable(rows(t, PAIRS, n) for n in (512, 16, 12, 5)))
write(os.path.join(HERE, "goldens.json.gz"), golden)
