// Package tokenizer turns text into the token ids that a Hugging Face model was trained on: WordPiece
// (BERT and its family) and byte-level BPE (RoBERTa, BART), read from a model directory. The ids are those
// of Hugging Face's Rust library (tokenizers 0.22.2) for any text, as transformers 4.57 sets it up for the
// directory; what a file asks for beyond these two families is refused by name, never approximated.
package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tokenizer is what Load read. It does not change and is safe for concurrent use.
//
// A text passes through, in this order: added tokens matched in the raw text, the normalizer, added tokens
// matched in the normalized text, the pre-tokenizer, and the model, which turns each word into ids.
type Tokenizer struct {
	raw        matcher     // added tokens that are looked for before normalizing
	normalizer *normalizer // nil: the text is used as it is
	normalized matcher     // added tokens that are looked for after normalizing
	split      splitter
	model      model

	single, pair template

	vocab map[string]int32
	added map[string]int32 // wins over vocab
	padID int32

	scratch sync.Pool // of *scratch
}

// splitter is the pre-tokenizer: it calls word for each word of a text in turn.
type splitter interface {
	words(text []byte, word func([]byte))
}

// model appends the ids of one word.
type model interface {
	appendWord(ids []int32, word []byte) []int32
}

// scratch is what one call of Tokens works with.
type scratch struct {
	text, normal []byte
	ids          []int32
	pending      []rune
	cache        wordCache
}

// maxKept is the largest buffer, in bytes, that is kept for the next call of Tokens.
const maxKept = 1 << 20

// Tokens returns the ids of a text, without the special tokens that Single and Pair put around it. Bytes that
// are not UTF-8 are read as U+FFFD. The caller owns the slice.
func (t *Tokenizer) Tokens(text string) []int32 {
	s := t.scratch.Get().(*scratch)
	s.ids = s.ids[:0]
	if utf8.ValidString(text) {
		s.text = append(s.text[:0], text...)
	} else {
		s.text = append(s.text[:0], strings.ToValidUTF8(text, "\uFFFD")...)
	}
	t.raw.split(s.text, func(part []byte, id int32) {
		if id >= 0 {
			s.ids = append(s.ids, id)
			return
		}
		if t.normalizer != nil {
			part = t.normalizer.normalize(s, part)
		}
		t.normalized.split(part, func(part []byte, id int32) {
			if id >= 0 {
				s.ids = append(s.ids, id)
				return
			}
			t.split.words(part, func(word []byte) { s.ids = s.cache.appendWord(s.ids, word, t.model) })
		})
	})
	ids := slices.Clone(s.ids)
	if cap(s.text)+cap(s.normal)+4*cap(s.ids) <= maxKept {
		t.scratch.Put(s)
	}
	return ids
}

// Encoding is one row of a model's input: the ids with their special tokens, and for each the number of the
// text that it belongs to, as models with token_type_ids want it. Both have the same length.
type Encoding struct {
	IDs, TypeIDs []int64
}

// Single puts the special tokens around one text. When the row would be longer than max, the end of a is
// cut; a max without room for the special tokens leaves just these.
func (t *Tokenizer) Single(a []int32, max int) Encoding {
	room := 0
	if max > t.single.specials {
		room = max - t.single.specials
	}
	return t.single.fill(a[:min(len(a), room)], nil)
}

// Pair puts the special tokens around and between two texts. When the row would be longer than max, the end
// of a is cut, never b (Hugging Face's truncation "only_first"); when b leaves no room for any of a, that is
// an error, also where max is so small (no more than the special tokens) that the library forgets to cut.
func (t *Tokenizer) Pair(a, b []int32, max int) (Encoding, error) {
	room := max - t.pair.specials - len(b)
	if len(a) > room && room <= 0 {
		return Encoding{}, fmt.Errorf("the second text takes %d of %d tokens, which leaves none for the first: shorten it",
			len(b)+t.pair.specials, max)
	}
	return t.pair.fill(a[:min(len(a), room)], b), nil
}

// PadID is the id that fills short rows of a batch; 0 where the model names no padding token (a padded
// position is masked, its id is never looked at).
func (t *Tokenizer) PadID() int64 { return int64(t.padID) }

// ID returns the id of a token as the vocabulary spells it ("##ing", "Ġthe", "</s>").
func (t *Tokenizer) ID(token string) (id int, ok bool) {
	n, ok := t.added[token]
	if !ok {
		n, ok = t.vocab[token]
	}
	return int(n), ok
}
