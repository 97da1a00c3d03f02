"""Texts that a tokenizer is likely to get wrong: the same n texts for the same seed."""
import random

WORDS = """the review great don't I'll we've They're it's product Quality arrived 12 days late 3.50€ ½ ² Ⅷ ٣٤ ০১
naïve café résumé Ångström ÅNGSTRÖM İstanbul ISTANBUL ı Straße STRASSE ẞ ǅ ΑΣΣ ὈΔΥΣΣΕΎΣ Привет ЁЛКА ёлка Їжак שָׁלוֹם بِسْمِ ٱللَّهِ नमस्ते
ক্ষ தமிழ் ไทย ภาษา 한국어 한국어 ᄒᆞᆫ 日本語 カタカナ ガガ 中文 评论 𠀀𪜀 Việt Nguyễn ﬁn ﷺ ㎏ １２３ ＡＢＣ 👍🏽 👩‍👩‍👧‍👦 🇩🇪 e\u0301 o\u0308\u0323
\u1e9b\u0323 a\u302e\u0301 \U0001d15e ##ing #hash @you http://x.y/?z=1 C++ 'S 'Re ’s can’t ''' 's''t""".split(" ") + [""]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", " \n ", "\u00a0", "\u2003", "\u2028", "\u3000", "\u1680", "\x0b", "\x0c",
          "\x85", "\u200b", "\u180e", "\ufeff", "\x1c", "\u202f", ""]
TOKENS = ["[MASK]", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "<s>", "</s>", "<pad>", "<unk>", "<mask>", "[mask]", "<MASK>", "</S>", "<s",
          "[MASK", "Willbuy", "willbuy", "WILLBÜY", "left", "right", "solo", "lefty", "café au lait", "CAFÉ  AU LAIT", "solo solo"]
RANGES = [(0, 0x7F), (0x80, 0x24F), (0x250, 0x36F), (0x370, 0x5FF), (0x600, 0xDFF), (0xE00, 0x1FFF), (0x2000, 0x2BFF),
          (0x2C00, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x13FFF),
          (0x16000, 0x18FFF), (0x1B000, 0x1F9FF), (0x1FA00, 0x3FFFF), (0x40000, 0x10FFFF)]
MARKS = [c for a, b in [(0x300, 0x36F), (0x591, 0x5C7), (0x64B, 0x65F), (0x1AB0, 0x1ACE), (0x302A, 0x302F), (0x1D165, 0x1D172),
                        (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x94D, 0x94D), (0xA9C0, 0xA9C0), (0x10EFD, 0x10EFF),
                        (0x1E4EC, 0x1E4EF)] for c in range(a, b + 1)]
ASCII = "abcdefgXYZ019 .,'-#[]<>/\t\n"


def character(r):
    return chr(r.randint(*r.choice(RANGES)))


def word(r):
    kind = r.randrange(14)
    if kind < 5:
        return r.choice(WORDS)
    if kind < 7:
        return r.choice(TOKENS)
    if kind == 7:
        return "".join(character(r) for _ in range(r.randint(1, 4)))
    if kind == 8:
        return r.choice("aeioguxАЯאな각") + "".join(chr(r.choice(MARKS)) for _ in range(r.randint(1, 5)))
    if kind == 9:
        low, high = r.choice(RANGES)
        at = r.randint(low, high - 8)
        return "".join(chr(at + r.randint(0, 8)) for _ in range(r.randint(1, 6)))
    if kind == 10:
        return "".join(r.choice(ASCII) for _ in range(r.randint(1, 8)))
    if kind == 11:
        return r.choice(WORDS).upper() + r.choice(WORDS)
    if kind == 12:
        return str(r.randint(0, 10**r.randint(1, 9)))
    return r.choice(["a", "ab", "é", "日", "\u0301", "!", "'", "x1"]) * r.choice([2, 3, 7, 99, 100, 101])


def text(r):
    out = "".join(word(r) + r.choice(SPACES if r.random() < 0.4 else [" "]) for _ in range(r.randint(0, 9)))
    return "".join(c for c in out if not 0xD800 <= ord(c) <= 0xDFFF)


def texts(n, seed):
    r = random.Random(seed)
    return [text(r) for _ in range(n)]


def sweep(last=0x10FFFF, step=48):
    """Every code point up to the last, between letters, digits, marks and blanks."""
    every = [chr(c) for c in range(last + 1) if not 0xD800 <= c <= 0xDFFF]
    for i in range(0, len(every), step):
        yield "".join("a%s b1%s%s \u0301%s\u0323!%s" % (c, c, c, c, c) for c in every[i:i + step])
