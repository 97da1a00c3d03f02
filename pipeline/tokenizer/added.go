package tokenizer

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// addedToken is a token that is found in the text itself, before the model sees it: the special tokens, and
// what was added after training.
type addedToken struct {
	Content    string
	SingleWord bool `json:"single_word"` // only where no word character is beside it
	LStrip     bool // takes the white space before it
	RStrip     bool // takes the white space after it
	Normalized bool // looked for in the normalized text, itself normalized
	Special    bool

	id int32
}

// matcher finds added tokens in a text: leftmost first, of those the longest. The zero value finds none.
type matcher struct {
	tokens  map[string]addedToken
	lengths [256][]int // by first byte: the lengths of tokens, longest first
}

// addTokens gives ids to the added tokens as the Rust library does (the vocabulary's where it has the token,
// else the next free one, whatever id the file claims) and sorts them into the two matchers.
func (t *Tokenizer) addTokens(tokens []addedToken) error {
	t.added = make(map[string]int32, len(tokens))
	next := int32(len(t.vocab))
	flags := make(map[int32]addedToken) // of an id's last mention
	for i := range tokens {
		token := &tokens[i]
		if token.Content == "" {
			continue
		}
		id, ok := t.ID(token.Content)
		if token.id = int32(id); !ok {
			token.id, next = next, next+1
		}
		t.added[token.Content] = token.id
		flags[token.id] = *token
	}
	// Of two tokens that normalize to the same text, a special one wins, then the earlier.
	slices.SortStableFunc(tokens, func(a, b addedToken) int {
		switch {
		case a.Special == b.Special:
			return 0
		case a.Special:
			return -1
		}
		return 1
	})
	s := new(scratch)
	for _, token := range tokens {
		if token.Content == "" {
			continue
		}
		last := flags[token.id]
		last.id = token.id
		switch text := []byte(token.Content); {
		case !token.Normalized:
			t.raw.add(text, last)
		case t.normalizer == nil:
			t.normalized.add(text, last)
		default:
			if text = t.normalizer.normalize(s, text); len(text) == 0 {
				return fmt.Errorf("added token %q has nothing left once it is normalized", token.Content)
			}
			t.normalized.add(text, last)
		}
	}
	return nil
}

func (m *matcher) add(text []byte, token addedToken) {
	if m.tokens == nil {
		m.tokens = make(map[string]addedToken)
	}
	if _, ok := m.tokens[string(text)]; ok {
		return
	}
	m.tokens[string(text)] = token
	first, n := text[0], len(text)
	longestFirst := func(a, b int) int { return cmp.Compare(b, a) }
	if at, ok := slices.BinarySearchFunc(m.lengths[first], n, longestFirst); !ok {
		m.lengths[first] = slices.Insert(m.lengths[first], at, n)
	}
}

// split calls part for each stretch of text between added tokens, with id -1, and for each added token, with
// its id, in the order of the text.
func (m *matcher) split(text []byte, part func(stretch []byte, id int32)) {
	done := 0
	for at := 0; ; {
		token, start, stop, ok := m.find(text, at)
		if !ok {
			break
		}
		at = stop // a match that is refused below is still passed over, as in the Rust library
		if token.SingleWord && (endsWithWord(text[:start]) || startsWithWord(text[stop:])) {
			continue
		}
		if token.LStrip {
			start = max(spaceAtEnd(text[:start]), done)
		}
		if token.RStrip {
			stop += spaceAtStart(text[stop:])
		}
		if done < start {
			part(text[done:start], -1)
		}
		part(nil, token.id)
		done = stop
	}
	if done < len(text) {
		part(text[done:], -1)
	}
}

// find returns the leftmost added token at or after byte at, the longest of those that start there.
func (m *matcher) find(text []byte, at int) (token addedToken, start, stop int, ok bool) {
	if len(m.tokens) == 0 {
		return token, 0, 0, false
	}
	for ; at < len(text); at++ {
		for _, n := range m.lengths[text[at]] {
			if at+n > len(text) {
				continue
			}
			if token, ok = m.tokens[string(text[at:at+n])]; ok {
				return token, at, at + n, true
			}
		}
	}
	return token, 0, 0, false
}

func startsWithWord(text []byte) bool {
	r, n := utf8.DecodeRune(text)
	return n > 0 && characters().is(r, word)
}

func endsWithWord(text []byte) bool {
	r, n := utf8.DecodeLastRune(text)
	return n > 0 && characters().is(r, word)
}

// spaceAtStart is the number of bytes of white space that text starts with.
func spaceAtStart(text []byte) int {
	return len(text) - len(bytes.TrimLeftFunc(text, isSpace))
}

// spaceAtEnd is where the white space that text ends with begins.
func spaceAtEnd(text []byte) int {
	return len(bytes.TrimRightFunc(text, isSpace))
}

func isSpace(r rune) bool { return characters().is(r, space) }
