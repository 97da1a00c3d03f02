"""Reviews to learn from: the corpus, composed ones, and what may be done to a text."""
import csv
import hashlib
import json
import pathlib
import random
import re
from typing import NamedTuple

QUALITIES = ["detailed", "basic", "generic"]
SENTIMENTS = ["positive", "negative", "balanced"]
PRODUCTS = ["backpack", "camera", "coffee_machine", "headphones", "jacket", "laptop", "phone", "shoes", "other"]

# The lab's labels, in the order of QUALITIES.
LAB_LABELS = [
    "Detailed with specific information and experience",
    "Basic accurate information",
    "Generic brief with no details",
]

CLEAR = 0.3  # the intended sentiment from which on synth's reviews take sides


class Review(NamedTuple):
    text: str
    quality: str
    sentiment: str  # positive, negative, neutral, mixed, or balanced (neutral or mixed) of composed ones
    product: str
    lang: str

    @property
    def side(self):
        """The sentiment as one of SENTIMENTS."""
        return self.sentiment if self.sentiment in SENTIMENTS else "balanced"


def words(text):
    return frozenset(re.findall(r"\w+", text.lower()))


def is_held_out(text):
    """Whether a text belongs to the tenth that is never trained on."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10 == 0


def read_reviews(folder):
    """Read all of <lang>.jsonl."""
    reviews = []
    for file in sorted(pathlib.Path(folder).glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            r = json.loads(line)
            lang = r.get("lang", file.stem)
            reviews.append(Review(r["text"], r["quality"], r["sentiment"], r["product"], lang))
    return reviews


def read_corpus(folder):
    """Read corpus/<lang>.jsonl → (training, held out), without near-duplicates.

    Of two reviews that share more than seven tenths of their words one stays,
    and that is the held-out one where there is one.
    """
    reviews = sorted(read_reviews(folder), key=lambda r: not is_held_out(r.text))
    kept, bags = [], []
    for review in reviews:
        bag = words(review.text)
        alike = (other for other in bags if 7 * len(bag) <= 10 * len(other) <= 15 * len(bag))
        if all(10 * len(bag & other) <= 7 * len(bag | other) for other in alike):
            kept.append(review)
            bags.append(bag)
    return [r for r in kept if not is_held_out(r.text)], [r for r in kept if is_held_out(r.text)]


def read_composed(folder):
    """Read what `willbuy synth --dirty 0` composed → reviews with their intended labels.

    The corpus' own reviews, a fifth of a small lab's, are left out.
    """
    folder = pathlib.Path(folder)
    written = {r.text for r in read_reviews(pathlib.Path(__file__).parent / "corpus")}
    quality = dict(zip(LAB_LABELS, QUALITIES))
    with open(folder / "tabular.csv", encoding="utf-8", newline="") as f:
        product = {row["UUID"]: row["PRODUCT_TYPE"].replace(" ", "_") for row in csv.DictReader(f)}
    texts = {}
    for file in sorted((folder / "reviews").glob("*.txt")):
        with open(file, encoding="utf-8-sig", newline="") as f:
            texts.update(row for row in csv.reader(f) if len(row) == 2 and row[1] not in written)
    with open(folder / "truth.csv", encoding="utf-8", newline="") as f:
        rows = [row for row in csv.DictReader(f) if row["UUID"] in texts]
    return [
        Review(texts[r["UUID"]], quality[r["REVIEW_QUALITY"]], side(float(r["REVIEW_SENTIMENT"])),
               product[r["UUID"]], r["LANGUAGE"])
        for r in rows
    ]


def side(sentiment):
    if abs(sentiment) < CLEAR:
        return "balanced"
    return "positive" if sentiment > 0 else "negative"


class Source:
    """An endless mixture of corpus and composed reviews."""

    # What is left of the second review when one of each kind is put after the
    # other: empty talk takes nothing away from facts.
    LONGER = {"detailed": ["generic", "basic"], "basic": ["generic"], "generic": ["generic"]}

    CORPUS = 0.7  # share of the corpus; the rest is composed
    SWITCHED = 0.4  # share of the reviews in which words change language

    def __init__(self, corpus, composed, switch, seed):
        """`switch`: glosses.Switch."""
        self.rng = random.Random(seed)
        self.corpus, self.composed, self.switch = corpus, composed, switch
        count = {}
        for r in corpus:
            count[r.lang, r.quality] = count.get((r.lang, r.quality), 0) + 1
        # Six languages nearly alike, English rather more: the switch takes from it.
        self.weights = [max(count[r.lang, r.quality], 60) ** -0.8 * (1.5 if r.lang == "en" else 1) for r in corpus]
        self.company = {}
        for r in corpus:
            self.company.setdefault((r.lang, r.quality, r.side), []).append(r)

    def draw(self, n):
        """Draw n reviews, those of the corpus a little changed, words of some in another language."""
        rng = self.rng
        for review in rng.choices(self.corpus, self.weights, k=n):
            review = self.change(review) if rng.random() < self.CORPUS else rng.choice(self.composed)
            if rng.random() < self.SWITCHED:
                review = review._replace(text=self.switch(rng, review.text, review.lang))
            yield review

    def change(self, review):
        """A review with the same labels and another text, or the same."""
        rng, text = self.rng, review.text
        if rng.random() < 0.2:
            kind = rng.choice(self.LONGER[review.quality])
            others = self.company.get((review.lang, kind, review.side), [])
            if others and len(text) < 250:
                pair = [text, rng.choice(others).text]
                rng.shuffle(pair)
                text = " ".join(pair)
        if review.quality == "generic" and rng.random() < 0.25:
            sentences = re.split(r"(?<=[.!?])\s+", text)
            if len(sentences) > 2 and review.side != "balanced":
                sentences.pop(rng.randrange(len(sentences)))
                text = " ".join(sentences)
        if rng.random() < 0.25:
            text = misspell(rng, text)
        habit = rng.random()
        if habit < 0.12:
            text = re.sub(r"[.,;:!?]+(?=\s|$)", "", text)
        elif habit < 0.24:
            text = text.rstrip(".!")
        elif habit < 0.30 and review.side != "balanced":
            text = text.rstrip(".!") + "!" * rng.randint(1, 3)
        return review._replace(text=text)


def misspell(rng, text):
    """Swap, drop or double a letter in one or two longer words."""
    parts = text.split(" ")
    for _ in range(rng.randint(1, 2)):
        long = [i for i, word in enumerate(parts) if len(word) > 4 and word.isalpha()]
        if not long:
            break
        i = rng.choice(long)
        word, k = parts[i], rng.randrange(1, len(parts[i]) - 2)
        parts[i] = rng.choice([
            word[:k] + word[k + 1] + word[k] + word[k + 2:], word[:k] + word[k + 1:], word[:k] + word[k] + word[k:],
        ])
    return " ".join(parts)
