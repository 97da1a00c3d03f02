"""What is claimed about a review, and how far the review bears it out.

A claim is (hypothesis, target): the target is the wanted distribution over
contradiction, neutral and entailment. A contest is a list of claims of which
inference asks together, with the wanted distribution over their entailments.
"""
import re

from reviews import LAB_LABELS, PRODUCTS, QUALITIES

YES, NO, OPEN = (0.01, 0.04, 0.95), (0.95, 0.04, 0.01), (0.04, 0.92, 0.04)
RATHER_YES, RATHER_NO = (0.05, 0.30, 0.65), (0.65, 0.30, 0.05)
HARDLY = (0.45, 0.50, 0.05)  # "positive" of a review that takes no side

LAB_TEMPLATE = "This example is {}."
TEMPLATES = [
    "This review is {}.", "This text is {}.", "It is {}.", "The customer's review is {}.", "{}.",
    "This review can be described as {}.", "The following applies to this text: {}.",
]

QUALITY_WORDS = {
    "detailed": [
        "detailed", "specific and based on experience", "a detailed report of own experience", "full of concrete facts",
        "rich in details", "an in-depth first-hand account", "informative and specific", "precise about how the product was used",
    ],
    "basic": [
        "basic", "basic information", "a plain factual statement", "short and factual", "simple but accurate",
        "a basic description without depth", "a few simple facts", "correct but superficial information",
    ],
    "generic": [
        "generic", "vague", "generic with no details", "empty talk", "an opinion without any facts", "unspecific",
        "praise or blame that fits any product", "brief and says nothing specific",
    ],
}
# Each with the qualities of which it is true.
NEGATED = [
    ("not detailed", "basic generic"), ("not specific", "generic basic"), ("not generic", "detailed basic"),
    ("not vague", "detailed basic"), ("more than basic information", "detailed"), ("without any facts", "generic"),
    ("not without details", "detailed"), ("factual", "detailed basic"), ("lacking in detail", "generic basic"),
    ("useful to other buyers", "detailed"), ("useless to other buyers", "generic"),
]

# The first pair is what the lab asks.
FEELINGS = [
    ("The sentiment of this review is positive.", "The sentiment of this review is negative."),
    ("This example is positive.", "This example is negative."),
    ("The customer is satisfied.", "The customer is dissatisfied."),
    ("The customer is happy with the purchase.", "The customer is disappointed."),
    ("This review is positive.", "This review is negative."),
    ("The reviewer liked it.", "The reviewer did not like it."),
    ("This text expresses praise.", "This text expresses criticism."),
    ("This is a good review.", "This is a bad review."),
]
DENIED = [
    ("The sentiment of this review is not negative.", "The sentiment of this review is not positive."),
    ("This review is not negative.", "This review is not positive."),
    ("The customer is not unhappy.", "The customer is not happy."),
]
BALANCED = {
    "neutral": ["The sentiment of this review is neutral.", "This example is neutral.", "This review takes no side."],
    "mixed": ["The sentiment of this review is mixed.", "This example is mixed.", "This review has both praise and criticism."],
    "balanced": ["The sentiment of this review is neutral or mixed.", "The sentiment of this review is neutral."],
}

ABOUT = ["This review is about {}.", "This example is {}.", "This example is about {}.", "The product is {}.", "This text is about {}."]
NAMES = {
    "backpack": ["a backpack", "a bag"], "camera": ["a camera", "photography"], "coffee_machine": ["a coffee machine", "coffee"],
    "headphones": ["headphones", "audio"], "jacket": ["a jacket", "clothing"], "laptop": ["a laptop", "a computer"],
    "phone": ["a phone", "a smartphone"], "shoes": ["shoes", "footwear"],
}
ELSEWHERE = ["a book", "a restaurant", "politics", "sports", "a hotel", "the weather", "a film", "travel"]
# Topics whose words tell, in all languages of the corpus, whether they come up.
TOPICS = {
    "delivery": r"deliver|shipp|courier|arrived|parcel|livr|coli|entreg|envío|envio|env[ií]|llegó|chegou|paquete|lieferung|geliefert|paket|conseg|spediz|corriere|arrivat|bezorg|geleverd",
    "the battery": r"batter|bater|akku|accu|autonom|charg|carreg|caric|lad(en|e|ung)|oplad",
    "the price": r"price|pric|cheap|expensive|cost|prix|cher|prec|barat|car[oa]\b|preis|günstig|teuer|billig|prezz|econom|prijs|duur|euro|€|\$|£",
    "comfort": r"comfort|comfy|cómod|comod|confort|bequem|gemütlich|comodo|druck|drück",
    "colour": r"colou?r|farb|couleur|cor\b|colore|kleur|schwarz|black|blau|blue|azul|bleu|noir|negr|pret[oa]|rot\b|red\b",
}


def quality(rng, review):
    """The three qualities against each other → (claims, contest)."""
    template = LAB_TEMPLATE if rng.random() < 0.75 else rng.choice(TEMPLATES)
    if rng.random() < 0.7:
        labels = LAB_LABELS
    else:
        labels = [rng.choice(QUALITY_WORDS[q]) for q in QUALITIES]
    if rng.random() < 0.15:
        labels = [label.lower() for label in labels]
    claims = [(template.format(label), YES if q == review.quality else NO) for q, label in zip(QUALITIES, labels)]
    return claims, [0.96 if q == review.quality else 0.02 for q in QUALITIES]


def sentiment(rng, review):
    """Positive against negative → (claims, contest)."""
    pair = FEELINGS[0] if rng.random() < 0.6 else rng.choice(FEELINGS)
    if review.side == "balanced":
        return [(pair[0], HARDLY), (pair[1], HARDLY)], [0.5, 0.5]
    targets = (YES, NO) if review.side == "positive" else (NO, YES)
    return list(zip(pair, targets)), [0.97, 0.03] if review.side == "positive" else [0.03, 0.97]


def opposites(rng, review):
    """A claim and its denial → (claims, contest): only "not" tells them apart."""
    template = LAB_TEMPLATE if rng.random() < 0.6 else rng.choice(TEMPLATES)
    kind = rng.choice(QUALITIES)
    if rng.random() < 0.3 and review.side != "balanced":
        which = rng.choice(["positive", "negative"])
        true = which == review.side
        if rng.random() < 0.5:
            template = "The sentiment of this review is {}."
    else:
        which = rng.choice([kind, kind, *QUALITY_WORDS[kind]])
        true = kind == review.quality
    claims = [(template.format(which), YES if true else NO), (template.format("not " + which), NO if true else YES)]
    return claims, [0.96, 0.04] if true else [0.04, 0.96]


def other(rng, review):
    """One claim of another kind."""
    kind = rng.random()
    if kind < 0.2:
        label, true_of = rng.choice(NEGATED)
        template = LAB_TEMPLATE if rng.random() < 0.5 else rng.choice(TEMPLATES)
        return template.format(label), RATHER_YES if review.quality in true_of.split() else RATHER_NO
    if kind < 0.3:
        label = rng.choice(QUALITY_WORDS[rng.choice(QUALITIES)])
        true = label in QUALITY_WORDS[review.quality]
        return rng.choice([LAB_TEMPLATE, *TEMPLATES]).format(label), YES if true else NO
    if kind < 0.4:
        pair = rng.choice(DENIED)
        which = rng.randrange(2)
        if review.side == "balanced":
            return pair[which], RATHER_YES
        return pair[which], YES if (review.side == "positive") == (which == 0) else NO
    if kind < 0.55:
        return balanced(rng, review)
    if kind < 0.8:
        return about(rng, review)
    topic = rng.choice(list(TOPICS))
    comes_up = re.search(TOPICS[topic], review.text.lower())
    template = rng.choice(["This review mentions {}.", "This example is about {}.", "This text is about {}."])
    return template.format(topic), YES if comes_up else NO


def balanced(rng, review):
    kind = rng.choice(list(BALANCED))
    claim = rng.choice(BALANCED[kind])
    if review.side != "balanced":
        return claim, NO
    if kind == review.sentiment or kind == "balanced":
        return claim, YES
    return claim, RATHER_YES if review.sentiment == "balanced" else RATHER_NO


def about(rng, review):
    """The product: told by most detailed reviews, by no generic one."""
    if rng.random() < 0.15:
        return rng.choice(ABOUT).format(rng.choice(ELSEWHERE)), NO if review.quality == "detailed" else RATHER_NO
    same = review.product in NAMES and rng.random() < 0.5
    product = review.product if same else rng.choice([p for p in PRODUCTS if p in NAMES and p != review.product])
    claim = rng.choice(ABOUT).format(rng.choice(NAMES[product]))
    if review.quality == "generic":
        return claim, OPEN
    if review.quality == "basic":
        return claim, RATHER_YES if same else RATHER_NO
    return claim, YES if same else NO


# How often each is asked of a review, by stage of the training. Quality is
# learnt first; what is good and what is bad in six languages takes longer. Once
# the vocabulary is transferred both are asked of nearly every review.
STAGES = {
    "all": ((quality, 0.95), (sentiment, 0.95), (opposites, 0.25), (other, 0.75)),
    "sentiment": ((quality, 0.35), (sentiment, 1.0), (opposites, 0.2), (other, 0.3)),
    "both": ((quality, 0.6), (sentiment, 1.0), (opposites, 0.15), (other, 0.25)),
}


def ask(rng, review, stage):
    """What a stage asks of one review: claims, and contests as (first claim, wanted distribution)."""
    claims, contests = [], []
    for kind, share in STAGES[stage]:
        if rng.random() >= share:
            continue
        if kind is other:
            claims.append(other(rng, review))
            continue
        more, wanted = kind(rng, review)
        contests.append((len(claims), wanted))
        claims += more
    return claims, contests
