package tokenizer

import (
	"errors"
	"unicode/utf8"
)

// byteLevelSplit is the ByteLevel pre-tokenizer with GPT-2's expression,
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// as a scanner, since Go's regexp has no lookahead. Words are left as bytes: the vocabulary's spelling of
// bytes as letters (Ġ for a blank) is undone when it is read.
type byteLevelSplit struct {
	prefixSpace bool // a text that begins without a blank gets one
}

func newByteLevelSplit(spec splitSpec) (splitter, error) {
	switch {
	case spec.Type != "ByteLevel":
		return nil, unknown("pre_tokenizer", spec.Type, "ByteLevel with BPE")
	case spec.UseRegex != nil && !*spec.UseRegex:
		return nil, errors.New("its ByteLevel pre_tokenizer does not split by GPT-2's expression, as RoBERTa and BART do")
	case spec.PrefixSpace == nil:
		return nil, errors.New("its ByteLevel pre_tokenizer does not say whether to add_prefix_space")
	}
	return byteLevelSplit{prefixSpace: *spec.PrefixSpace}, nil
}

func (b byteLevelSplit) words(text []byte, yield func([]byte)) {
	if len(text) == 0 {
		return
	}
	if b.prefixSpace && text[0] != ' ' {
		text = append([]byte{' '}, text...)
	}
	table := characters()
	for len(text) > 0 {
		n := contraction(text)
		if n == 0 {
			n = run(table, text)
		}
		yield(text[:n])
		text = text[n:]
	}
}

// contraction is the length of 's, 't, 're, 've, 'm, 'll or 'd at the beginning of text, else 0.
func contraction(text []byte) int {
	if text[0] != '\'' || len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) < 3 {
		return 0
	}
	switch string(text[1:3]) {
	case "re", "ve", "ll":
		return 3
	}
	return 0
}

// run is the length of the letters, numbers or other characters (with one blank before them), or of the
// white space at the beginning of text. White space before something else leaves its last character to that.
func run(table *charTable, text []byte) int {
	const kinds = space | letter | number
	n := 0
	r, size := decode(text)
	if r == ' ' && len(text) > 1 {
		if after, s := decode(text[1:]); !table.is(after, space) {
			r, size, n = after, s, 1
		}
	}
	kind := table.of(r) & kinds
	for n += size; n < len(text); n += size {
		last := size
		if r, size = decode(text[n:]); table.of(r)&kinds != kind {
			if kind == space && n > last {
				return n - last
			}
			break
		}
	}
	return n
}

func decode(text []byte) (rune, int) {
	if text[0] < utf8.RuneSelf {
		return rune(text[0]), 1
	}
	return utf8.DecodeRune(text)
}

// byteNames is the vocabulary's spelling of each byte (GPT-2's bytes_to_unicode): printable Latin-1 stands for
// itself, the others for U+0100 and on, in their order.
var byteNames = func() (names [256]string) {
	next := rune(0x100)
	for b := range rune(256) {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			names[b] = string(b)
			continue
		}
		names[b] = string(next)
		next++
	}
	return names
}()
