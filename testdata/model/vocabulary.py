"""Teach the English vocabulary the words of five more languages.

usage: vocabulary.py --base DIR --start CHECKPOINT --out DIR

all-MiniLM-L6-v2 reads English words whole and other languages in meaningless
pieces. Here every glossed word (glosses.py) becomes one token, whose embedding
starts as the mean of those of its English gloss: "decepcionada" begins where
"disappointed" is. Room is made by dropping what no review in Latin script
needs. The tokenizer stays plain WordPiece. Writes OUT/tokenizer.json,
OUT/config.json and OUT/checkpoint.pt, from which train.py goes on.
"""
import argparse
import collections
import json
import pathlib

import torch
from tokenizers import Tokenizer
from wordfreq import top_n_list, zipf_frequency

from glosses import EMOJI, plain, read_glosses
from net import check_base

EMBEDDINGS = "encoder.embeddings.word_embeddings.weight"
# A token that English uses itself keeps its meaning: "die", "hat", "comment".
# Zipf scale, the decimal logarithm of occurrences in a billion words.
ENGLISH = 4.5  # so common that other languages' use does not count
FOREIGN = 1.2  # so much more common elsewhere that English's use hardly counts
FILLERS = {"the", "a", "an", "to", "of"}  # of glosses of several words
COMPOUNDS = 3  # common German words that end in a glossed one, for it to be worth a second token


def needed(token):
    """Whether reviews in Latin script may need a token: Latin letters, signs, symbols."""
    return not token.startswith("[unused") and all(ord(c) < 0x250 or 0x2000 <= ord(c) < 0x2C00 for c in token)


def stays_english(token, uses):
    """Whether a token is left to English for all its uses, [(language, word, gloss)], elsewhere."""
    english = zipf_frequency(token, "en")
    foreign = max(zipf_frequency(word, lang) for lang, word, _ in uses)
    return english >= ENGLISH or english >= 2 and foreign - english < FOREIGN


def compound_ends(words):
    """The German words among `words` of five letters or more that many others end in: "##maschine"."""
    words = {plain(word) for word in words if len(word) >= 5}
    ends = collections.Counter()
    for word in map(plain, top_n_list("de", 60000)):
        ends.update(words.intersection(word[i:] for i in range(3, len(word) - 4)))
    return {word for word in words if ends[word] >= COMPOUNDS}


def blend(rows):
    """Mean of embeddings [N,H], as long as they are on average: a mean of many would be shorter → [H]."""
    mean = rows.mean(0)
    return mean * rows.norm(dim=1).mean() / mean.norm()


class Meanings:
    """Embeddings of English glosses, of the old vocabulary."""

    def __init__(self, tokenizer, embeddings):
        self.tokenizer, self.embeddings = tokenizer, embeddings

    def __call__(self, gloss):
        words = [w for w in gloss.split() if w not in FILLERS] or gloss.split()
        return blend(self.embeddings[self.tokenizer.encode(" ".join(words), add_special_tokens=False).ids])


def extend(vocabulary, embeddings, glosses, meaning):
    """Old vocabulary {token: id} and embeddings [V,H] → the new ones."""
    embeddings = embeddings.clone()
    uses = collections.defaultdict(list)  # token → [(language, word, gloss)]
    for lang, known in glosses.items():
        for word, gloss in known.items():
            uses[plain(word)].append((lang, word, gloss))

    follow = compound_ends(glosses["de"]) | glosses[EMOJI].keys()  # go on a word, too
    added = {}
    for token, found in uses.items():
        languages = {lang for lang, *_ in found}
        row = blend(torch.stack([meaning(gloss) for *_, gloss in found]))
        if token not in vocabulary:
            added[token] = row
        elif EMOJI not in languages and not stays_english(token, found):
            old = vocabulary[token]
            embeddings[old] = blend(torch.stack([embeddings[old], row]))
        if token in follow and "##" + token not in vocabulary:
            added["##" + token] = row

    kept = [token for token in sorted(vocabulary, key=vocabulary.get) if needed(token)]
    rows = torch.stack([embeddings[vocabulary[t]] for t in kept] + list(added.values()))
    return {token: i for i, token in enumerate([*kept, *added])}, rows


def renumbered(tokenizer, vocabulary):
    """tokenizer.json with another vocabulary; truncation and padding are the caller's business."""
    tokenizer = json.loads(json.dumps(tokenizer))
    tokenizer["model"]["vocab"] = vocabulary
    for token in tokenizer["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    for name, token in tokenizer["post_processor"]["special_tokens"].items():
        token["ids"] = [vocabulary[name]]
    tokenizer["truncation"] = tokenizer["padding"] = None
    return tokenizer


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--base", required=True, help="where all-MiniLM-L6-v2 lies")
    args.add_argument("--start", required=True, help="the checkpoint whose embeddings are extended")
    args.add_argument("--out", required=True, type=pathlib.Path)
    args = args.parse_args()

    base = check_base(args.base)
    tokenizer = json.loads((base / "tokenizer.json").read_text())
    tokenizer["truncation"] = tokenizer["padding"] = None
    weights = torch.load(args.start, weights_only=True)
    meaning = Meanings(Tokenizer.from_str(json.dumps(tokenizer)), weights[EMBEDDINGS])
    before = tokenizer["model"]["vocab"]
    vocabulary, weights[EMBEDDINGS] = extend(before, weights[EMBEDDINGS], read_glosses(), meaning)

    config = json.loads((base / "config.json").read_text()) | {"vocab_size": len(vocabulary)}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "tokenizer.json").write_text(json.dumps(renumbered(tokenizer, vocabulary), ensure_ascii=False))
    (args.out / "config.json").write_text(json.dumps(config))
    torch.save(weights, args.out / "checkpoint.pt")
    print(f"{len(before)} tokens before, {len(vocabulary)} now, {sum(t not in before for t in vocabulary)} of them new")


if __name__ == "__main__":
    main()
