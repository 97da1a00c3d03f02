package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// wordPiece splits a word into the longest pieces of its vocabulary, from the left.
type wordPiece struct {
	first, next map[string]int32 // pieces that begin a word; pieces that go on, without their prefix
	longest     int              // bytes of the longest piece
	maxChars    int              // longer words are unknown
	unknown     int32
}

// maxWordChars bounds max_input_chars_per_word: the time that a word takes grows with the square of its length.
const maxWordChars = 1000

func newWordPiece(spec modelSpec) (*wordPiece, error) {
	w := &wordPiece{first: spec.vocab, next: make(map[string]int32), maxChars: 100}
	unknown, prefix := "[UNK]", "##"
	if spec.Unknown != nil {
		unknown = *spec.Unknown
	}
	if spec.Prefix != nil {
		prefix = *spec.Prefix
	}
	if spec.MaxChars != nil {
		w.maxChars = *spec.MaxChars
	}
	if w.maxChars < 0 || w.maxChars > maxWordChars {
		return nil, fmt.Errorf("its max_input_chars_per_word is %d; models have 100, and willbuy reads up to %d", w.maxChars, maxWordChars)
	}
	var ok bool
	if w.unknown, ok = spec.vocab[unknown]; !ok {
		return nil, fmt.Errorf("its unknown token %s is not in the vocabulary", quote(unknown))
	}
	for token, id := range spec.vocab {
		w.longest = max(w.longest, len(token))
		if rest, ok := strings.CutPrefix(token, prefix); ok {
			w.next[rest] = id
		}
	}
	w.longest = min(w.longest, w.maxChars*utf8.UTFMax)
	return w, nil
}

func (w *wordPiece) appendWord(ids []int32, word []byte) []int32 {
	if len(word) > w.maxChars && utf8.RuneCount(word) > w.maxChars {
		return append(ids, w.unknown)
	}
	before := len(ids)
	for pieces := w.first; len(word) > 0; pieces = w.next {
		id, n := w.longestPiece(pieces, word)
		if n == 0 {
			return append(ids[:before], w.unknown)
		}
		ids, word = append(ids, id), word[n:]
	}
	return ids
}

// longestPiece returns the longest piece that word begins with and its length in bytes, 0 if there is none.
func (w *wordPiece) longestPiece(pieces map[string]int32, word []byte) (id int32, n int) {
	for n = min(len(word), w.longest); n > 0; n-- {
		if n < len(word) && !utf8.RuneStart(word[n]) {
			continue
		}
		if id, ok := pieces[string(word[:n])]; ok {
			return id, n
		}
	}
	return 0, 0
}
