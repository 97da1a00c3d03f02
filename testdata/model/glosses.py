"""What foreign words mean: words/<language>.tsv, lines of `word<TAB>English gloss`.

Two things are made of them: the tokens that vocabulary.py adds, and texts in
which some words have changed language, so that what one language teaches
reaches the words of the others.
"""
import collections
import pathlib
import random
import re
import unicodedata

WORDS = pathlib.Path(__file__).parent / "words"
EMOJI = "emoji"  # not a language: glosses of signs
WORD = re.compile(r"[^\W\d_]+")


def plain(word):
    """A word as the uncased tokenizer sees it: lower case, no accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")


def read_glosses(folder=WORDS):
    """→ {language: {word: gloss}}, in lower case."""
    glosses = {}
    for file in sorted(pathlib.Path(folder).glob("*.tsv")):
        known = glosses.setdefault(file.stem, {})
        for line in file.read_text(encoding="utf-8").splitlines():
            word, _, gloss = line.partition("\t")
            if gloss.strip() and len(word.split()) == 1:
                known.setdefault(word.strip().lower(), " ".join(gloss.lower().split()))
    return glosses


class Switch:
    """Changes the language of some words of a text."""

    def __init__(self, glosses):
        self.english, self.foreign = {}, {}  # language → {plain word: gloss}, {gloss: words}
        for lang in glosses.keys() - {EMOJI}:
            self.english[lang] = {plain(word): gloss for word, gloss in glosses[lang].items()}
            self.foreign[lang] = collections.defaultdict(list)
            for word, gloss in glosses[lang].items():
                self.foreign[lang][gloss].append(word)

    def __call__(self, rng: random.Random, text, lang):
        """Some words of a text in `lang` as their glosses; of an English one, words glossed by them."""
        share = rng.uniform(0.2, 1)
        if lang == "en":
            known = self.foreign[rng.choice(sorted(self.foreign))]
        elif lang in self.english:
            known = self.english[lang]
        else:
            return text

        def change(found):
            other = known.get(plain(found[0]))
            if not other or rng.random() > share:
                return found[0]
            return other if isinstance(other, str) else rng.choice(other)

        return WORD.sub(change, text)
