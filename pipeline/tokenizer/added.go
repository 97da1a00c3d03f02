package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// addedToken is a token that is found in the text itself, before the model sees it: the special tokens, and
// what was added after training.
type addedToken struct {
	Content    string
	Claimed    int64 `json:"id"`          // the id in the file; the one that counts is found by add
	SingleWord bool  `json:"single_word"` // only where no word character is beside it
	LStrip     bool  // takes the white space before it
	RStrip     bool  // takes the white space after it
	Normalized bool  // looked for in the normalized text, itself normalized
	Special    bool

	id int32
}

// UnmarshalJSON reads a token whose default is to be looked for in the normalized text unless it is special.
func (t *addedToken) UnmarshalJSON(raw []byte) error {
	type fields addedToken // without this method
	token := struct {
		fields
		Normalized *bool
	}{}
	if err := json.Unmarshal(raw, &token); err != nil {
		return err
	}
	*t = addedToken(token.fields)
	t.Normalized = !t.Special
	if token.Normalized != nil {
		t.Normalized = *token.Normalized
	}
	return nil
}

// addedList is the added_tokens of tokenizer.json.
type addedList []addedToken

func (l *addedList) UnmarshalJSON(raw []byte) error {
	if len(raw) > maxConfig {
		return fmt.Errorf("its added_tokens have %d bytes; more than %d are no model's", len(raw), maxConfig)
	}
	return json.Unmarshal(raw, (*[]addedToken)(l))
}

// addedTokens collects added tokens as the Rust library does, with all that follows from adding one twice.
type addedTokens struct {
	vocab, ids     map[string]int32
	flags          map[int32]addedToken // of an id's last mention
	special, plain []addedToken
	isSpecial      map[string]bool
	fresh          int // tokens that were in no vocabulary
}

// maxAddedBytes is the longest added token: each place of a text is compared with tokens of every length.
const maxAddedBytes = 512

// add takes tokens in. A token's id is the vocabulary's, else the next free one, whatever id the file claims.
// One that is there already with the same flags leaves no trace, even when another of these tokens changes them.
func (a *addedTokens) add(tokens []addedToken) error {
	var news []addedToken
	for _, token := range tokens {
		token.Claimed = 0
		if len(token.Content) > maxAddedBytes {
			return fmt.Errorf("the added token %s has %d bytes; more than %d are no model's", quote(token.Content), len(token.Content), maxAddedBytes)
		}
		if token.Special && token.Content != "" && !a.isSpecial[token.Content] {
			a.special = append(a.special, token)
			a.isSpecial[token.Content] = true
		}
		id, ok := a.ids[token.Content]
		if token.Content != "" && !(ok && a.flags[id] == token) {
			news = append(news, token)
		}
	}
	for _, token := range news {
		id, ok := a.ids[token.Content]
		if !ok {
			if id, ok = a.vocab[token.Content]; !ok {
				id = int32(len(a.vocab) + a.fresh)
				a.fresh++
			}
			a.ids[token.Content] = id
		}
		a.flags[id] = token
		if !a.isSpecial[token.Content] {
			a.plain = append(a.plain, token)
		}
	}
	return nil
}

// matchers returns the two that look for the tokens, in the raw and in the normalized text. Of two tokens with
// the same text there, a special one wins, then the earlier.
func (a *addedTokens) matchers(n *normalizer) (raw, normalized matcher, err error) {
	s := new(scratch)
	for _, token := range slices.Concat(a.special, a.plain) {
		id := a.ids[token.Content]
		flags := a.flags[id]
		flags.id = id
		switch text := []byte(token.Content); {
		case !token.Normalized:
			raw.add(text, flags)
		case n == nil:
			normalized.add(text, flags)
		default:
			if text = n.normalize(s, text); len(text) == 0 {
				return raw, normalized, fmt.Errorf("added token %q has nothing left once it is normalized", token.Content)
			}
			normalized.add(text, flags)
		}
	}
	return raw, normalized, nil
}

// matcher finds added tokens in a text: leftmost first, of those the longest. The zero value finds none.
type matcher struct {
	tokens  map[string]addedToken
	lengths [256][]int // by first byte: the lengths of tokens, longest first
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
