"""Model directories as people have them: a vocabulary or a tokenizer.json, with some of the files that complete it.

What transformers makes of each (AutoTokenizer, transformers==4.57.6) is a golden: the ids that it gives to texts full
of special tokens, a pair, and the id that pads.
"""
import json
import os
import random
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
from transformers import AutoTokenizer

BERT = ["bert", "distilbert", "electra", "mobilebert", "squeezebert", "convbert"]
ROBERTA = ["roberta", "bart", "longformer"]
CLASSES = {"bert": "Bert", "distilbert": "DistilBert", "electra": "Electra", "mobilebert": "MobileBert",
           "squeezebert": "SqueezeBert", "convbert": "ConvBert", "roberta": "Roberta", "bart": "Bart", "longformer": "Longformer"}
ROLES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
ADDED = ["Willbuy", "solo", "left", "café au lait", "the", "great", "CAFÉ", "<extra>", "[MASK]", "<mask>", "</s>", "[SEP]"]


def token(r, content, special=None):
    flags = {k: r.random() < 0.3 for k in ("lstrip", "rstrip", "single_word", "normalized")}
    return {"content": content, **flags, **({} if special is None else {"special": special})}


def special_names(r, family, old):
    """Some roles, by name, as a whole token or null; whole tokens are written in two ways."""
    names = dict(zip(ROLES, ["<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"] if family == "roberta"
                     else ["", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]))
    out = {}
    for role in r.sample(ROLES, r.randint(0, 7)):
        name = names[role] or r.choice(["[CLS]", "great", "<bos>"])
        if role == "mask_token" and r.random() < 0.3:
            name = r.choice(["<blank>", "the"])
        kind = r.random()
        if kind < 0.6:
            out[role] = name
        elif kind < 0.7 and role in ("bos_token", "eos_token", "mask_token"):
            out[role] = None
        elif kind < 0.95:
            out[role] = token(r, name) if old else {"__type": "AddedToken", **token(r, name)}
    if r.random() < 0.3:
        out["additional_special_tokens"] = r.sample(["great", "<extra>", "Willbuy"], r.randint(0, 3))
    return out


def directory(r, families, here):
    """{"of": a tokenizer of this folder, "bare": whether its vocabulary alone, "files": {name: content}}"""
    family = r.choice(["bert", "roberta"])
    model = r.choice(BERT if family == "bert" else ROBERTA)
    of = r.choice(families[family])
    with open(os.path.join(here, of, "tokenizer.json"), encoding="utf-8") as f:
        spec = json.load(f)
    ids = {**spec["model"]["vocab"], **{t["content"]: t["id"] for t in spec["added_tokens"]}}

    def identified(contents):
        return {c: ids.get(c, len(ids) + i) for i, c in enumerate(contents)}

    files = {"config.json": {"model_type": model}}
    settings = {}
    for name in ("do_lower_case", "tokenize_chinese_chars", "strip_accents") if family == "bert" else ("add_prefix_space",):
        if r.random() < 0.5:
            settings[name] = r.random() < 0.5
    if r.random() < 0.8:
        settings.update(special_names(r, family, False))
        if r.random() < 0.7:
            settings["tokenizer_class"] = CLASSES[model] + r.choice(["Tokenizer", "TokenizerFast"])
        if r.random() < 0.3:
            settings["added_tokens_decoder"] = {str(i): token(r, c, r.random() < 0.5)
                                                for c, i in identified(r.sample(ADDED, r.randint(0, 6))).items()}
        files["tokenizer_config.json"] = settings
    if r.random() < 0.5:
        files["special_tokens_map.json"] = special_names(r, family, True)
    if r.random() < 0.4:
        files["added_tokens.json"] = identified(r.sample(ADDED, r.randint(0, 4)))
    return {"of": of, "bare": r.random() < 0.7, "files": {k: json.dumps(v) for k, v in files.items()}}


def write(folder, d, here):
    """Puts the directory down as files."""
    source = os.path.join(here, d["of"], "tokenizer.json")
    with open(source, encoding="utf-8") as f:
        model = json.load(f)["model"]
    files = dict(d["files"])
    if not d["bare"]:
        with open(source, encoding="utf-8") as f:
            files["tokenizer.json"] = f.read()
    elif "merges" in model:
        files["vocab.json"] = json.dumps(model["vocab"])
        files["merges.txt"] = "#version: 0.2\n" + "".join(
            (m if isinstance(m, str) else " ".join(m)) + "\n" for m in model["merges"])
    else:
        files["vocab.txt"] = "".join(t + "\n" for t in sorted(model["vocab"], key=model["vocab"].get))
    for name, content in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
            f.write(content)


def goldens(n, seed, here, texts, crc):
    """n directories with their goldens; those that transformers cannot load are left out."""
    r, out = random.Random(seed), []
    families = {"bert": ["wordpiece-cased", "wordpiece-uncased"], "roberta": ["bpe-roberta"]}
    while len(out) < n:
        d = directory(r, families, here)
        with tempfile.TemporaryDirectory() as folder:
            write(folder, d, here)
            try:
                tokenizer = AutoTokenizer.from_pretrained(folder)
                t = tokenizer.backend_tokenizer
                pair = t.encode("one great day", "two <mask>[MASK]")
                d["crc"] = [crc(e.ids) for e in t.encode_batch(texts, add_special_tokens=False)]
                d["ids"], d["types"], d["pad"] = pair.ids, pair.type_ids, tokenizer.pad_token_id
            except Exception as error:
                print("left out:", type(error).__name__, str(error)[:90])
                continue
        out.append(d)
    return out
