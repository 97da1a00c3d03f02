"""Writes pipeline/tokenizer/unicode.txt: Unicode as Hugging Face's tokenizers library sees it.

The library mixes four tables of different Unicode versions (Rust's std, unicode_categories,
unicode-normalization-alignments, Oniguruma), and Go's change with every release. So each property is
asked of the library itself, for every code point, and written down.

    python testdata/tokenizer/unicode.py > pipeline/tokenizer/unicode.txt     (tokenizers==0.22.2)
"""
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

EVERY = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
TEXT = "".join(map(chr, EVERY))
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by formula


def kept(normalizer):
    """The code points that a character-wise filter leaves."""
    return set(map(ord, normalizer.normalize_str(TEXT)))


def matched(pattern):
    return kept(normalizers.Replace(Regex("[^" + pattern + "]"), ""))


def write(name, points):
    runs, points = [], sorted(points)
    for c in points:
        if runs and runs[-1][1] == c - 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    print(name, *("%X" % a if a == b else "%X-%X" % (a, b) for a, b in runs))


def write_map(name, mapping):
    """Runs of from-to whose distance and step are equal, as FIRST-LAST/STEP=TARGET; others as FROM=TO+TO."""
    runs = []
    for c, to in sorted(mapping.items()):
        if len(to) == 1 and runs and len(runs[-1][2]) == 1 and to[0] - c == runs[-1][2][0] - runs[-1][0]:
            first, last, _, step = runs[-1]
            if step in (0, c - last) and c - last <= 2:
                runs[-1][1], runs[-1][3] = c, c - last
                continue
        runs.append([c, c, to, 0])
    print(name, *(("%X" % a if a == b else "%X-%X/%d" % (a, b, s)) + "=" + "+".join("%X" % t for t in to)
                  for a, b, to, s in runs))


bert = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
space = {c for c in EVERY if not pre_tokenizers.WhitespaceSplit().pre_tokenize_str(chr(c))}
cleaner = normalizers.BertNormalizer(**{**bert, "clean_text": True})
cleaned = {c for c in EVERY if not cleaner.normalize_str(chr(c))}
assert all(cleaner.normalize_str(chr(c)) == (" " if c in space else chr(c)) for c in EVERY if c not in cleaned)
assert space == matched(r"\s")
punct = {c for c in EVERY if c not in space
         and len(pre_tokenizers.BertPreTokenizer().pre_tokenize_str("a" + chr(c))) == 2}

nfd = {}
for c in EVERY:
    d = [ord(x) for x in normalizers.NFD().normalize_str(chr(c))]
    if d != [c] and c not in HANGUL:
        nfd[c] = d
lower = {}
for c in EVERY:
    low = [ord(x) for x in normalizers.Lowercase().normalize_str(chr(c))]
    if low != [c]:
        lower[c] = low
unaccented = kept(normalizers.BertNormalizer(**{**bert, "strip_accents": True}))
marks = {c for c in EVERY if c not in nfd and c not in HANGUL and c not in unaccented}


def swaps(a, b):
    return a != b and normalizers.NFD().normalize_str(chr(a) + chr(b)) == chr(b) + chr(a)


# A canonical combining class is found by comparing with a character of each class: two are put in order
# exactly when the first one's class is the greater and the second's is not 0.
OVERLAY, IOTA = 0x334, 0x345  # the classes 1 and 240, the first and the last
nonstarters = [c for c in EVERY if c not in nfd and c not in HANGUL
               and (c in (OVERLAY, IOTA) or swaps(c, OVERLAY) or swaps(IOTA, c))]
reference = {unicodedata.combining(chr(c)): c for c in nonstarters}
classes = {}
for c in nonstarters:
    equal = [k for k, r in reference.items() if not swaps(c, r) and not swaps(r, c)]
    assert len(equal) == 1, (hex(c), equal)
    classes.setdefault(equal[0], set()).add(c)

# A word character, in the sense of added tokens that match single words only.
single = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
single.add_tokens([AddedToken("X", single_word=True, normalized=False)])
x = single.token_to_id("X")
word = {c for c in EVERY if x not in single.encode("X" + chr(c)).ids}

print("# Written by testdata/tokenizer/unicode.py from tokenizers", tokenizers.__version__ + "; do not edit.")
write("space", space)
write("cleaned", cleaned)
write("punct", punct)
write("mark", marks)
write("letter", matched(r"\p{L}"))
write("number", matched(r"\p{N}"))
write("word", word)
write_map("lower", lower)
write_map("nfd", nfd)
for k in sorted(classes):
    write("ccc%d" % k, classes[k])
