package tokenizer

import (
	"slices"
	"unicode/utf8"
)

// normalizer is BertNormalizer.
type normalizer struct {
	cleanText    bool // controls go, white space becomes a blank
	spaceChinese bool // a blank before and after each Chinese character
	stripAccents bool
	lowercase    bool
}

// normalize returns the normalized text, in s.normal. Each character goes through all the steps in the order
// of the library: clean, space out, decompose and drop marks, lower.
func (n *normalizer) normalize(s *scratch, text []byte) []byte {
	table := characters()
	out := s.normal[:0]
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		i += size
		c := table.of(r)
		if n.cleanText && c&cleaned != 0 {
			continue
		}
		if n.cleanText && c&space != 0 {
			r, c = ' ', space
		}
		if n.spaceChinese && isChinese(r) {
			out = n.fold(s, table, out, ' ', space)
			out = n.fold(s, table, out, r, c)
			r, c = ' ', space
		}
		out = n.fold(s, table, out, r, c)
	}
	s.normal = n.flush(s, table, out)
	return s.normal
}

// fold appends a character without its accents and in lower case.
//
// Decomposing puts combining characters in the order of their classes. Nearly all of them are marks and
// dropped; the few others (U+302E, U+1D165, and marks younger than the library's table) wait in s.pending
// until a character of class 0 ends their run.
func (n *normalizer) fold(s *scratch, table *charTable, out []byte, r rune, c class) []byte {
	if !n.stripAccents || r < utf8.RuneSelf && len(s.pending) == 0 {
		return n.lower(table, out, r, c)
	}
	switch {
	case c&decomposed != 0:
		for _, d := range table.nfd[r] {
			out = n.strip(s, table, out, d)
		}
	case r >= hangulFirst && r <= hangulLast:
		parts, count := jamo(r)
		for _, d := range parts[:count] {
			out = n.strip(s, table, out, d)
		}
	default:
		out = n.strip(s, table, out, r)
	}
	return out
}

func (n *normalizer) strip(s *scratch, table *charTable, out []byte, r rune) []byte {
	c := table.of(r)
	if c&combining == 0 {
		out = n.flush(s, table, out)
	}
	switch {
	case c&mark != 0:
		return out
	case c&combining != 0:
		s.pending = append(s.pending, r)
		return out
	}
	return n.lower(table, out, r, c)
}

// flush appends the combining characters that were waiting.
func (n *normalizer) flush(s *scratch, table *charTable, out []byte) []byte {
	if len(s.pending) == 0 {
		return out
	}
	slices.SortStableFunc(s.pending, func(a, b rune) int { return int(table.ccc[a]) - int(table.ccc[b]) })
	for _, r := range s.pending {
		out = n.lower(table, out, r, table.of(r))
	}
	s.pending = s.pending[:0]
	return out
}

func (n *normalizer) lower(table *charTable, out []byte, r rune, c class) []byte {
	switch {
	case !n.lowercase || c&lowered == 0:
		return utf8.AppendRune(out, r)
	case r < utf8.RuneSelf:
		return append(out, byte(r)+'a'-'A')
	}
	for _, l := range table.lower[r] {
		out = utf8.AppendRune(out, l)
	}
	return out
}

// isChinese reports the blocks that the library spaces out. That it begins one at U+2B920 where the original
// BERT has U+2B820 is its own.
func isChinese(r rune) bool {
	return r >= 0x3400 && (r <= 0x4DBF ||
		r >= 0x4E00 && r <= 0x9FFF ||
		r >= 0xF900 && r <= 0xFAFF ||
		r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B81F ||
		r >= 0x2B920 && r <= 0x2CEAF ||
		r >= 0x2F800 && r <= 0x2FA1F)
}

const hangulFirst, hangulLast = 0xAC00, 0xD7A3

// jamo decomposes a Hangul syllable into two or three letters (The Unicode Standard, 3.12).
func jamo(r rune) (parts [3]rune, count int) {
	const vowels, trailing = 21, 28
	i := r - hangulFirst
	parts = [3]rune{0x1100 + i/(vowels*trailing), 0x1161 + i%(vowels*trailing)/trailing, 0x11A7 + i%trailing}
	if i%trailing == 0 {
		return parts, 2
	}
	return parts, 3
}

// bertSplit is BertPreTokenizer: words end at white space, which is dropped, and each punctuation character
// is a word of its own.
type bertSplit struct{}

func (bertSplit) words(text []byte, yield func([]byte)) {
	table := characters()
	from := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		if c := table.of(r); c&(space|punct) != 0 {
			if from < i {
				yield(text[from:i])
			}
			if c&space == 0 {
				yield(text[i : i+size])
			}
			from = i + size
		}
		i += size
	}
	if from < len(text) {
		yield(text[from:])
	}
}
