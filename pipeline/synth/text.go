package synth

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// author writes reviews, one at a time. Its random numbers come from the seed
// and the customer's row, never from the reviews written before.
type author struct {
	sources
	seed uint64

	pcg *rand.PCG
	rng *rand.Rand

	// The review at hand.
	grammar   *grammar
	product   product
	tone      tone
	verbosity float64 // chance that an optional symbol is written out
	used      []usedAlternative
	text      []byte
	gap       bool // an optional part was just left out
}

type usedAlternative struct{ section, alternative int }

// sources are what all authors of a run write from. Nobody changes them.
type sources struct {
	grammars map[string]*grammar // by language
	written  map[int64]string    // the reviews that are not composed, by row
}

// loadSources reads what the reviews of a run need: nothing where there are
// none.
func loadSources(p *plan) (sources, error) {
	var s sources
	if p.reviews == 0 {
		return s, nil
	}
	s.grammars = map[string]*grammar{}
	var err error
	for _, lang := range p.langs {
		if s.grammars[lang], err = loadGrammar(lang); err != nil {
			return s, err
		}
	}
	s.written, err = assignWritten(p)
	return s, err
}

// Streams of random numbers beside those of the blocks: two a row, and one for
// the choice of written reviews.
const (
	reviewStream  = 1
	damageStream  = 2
	writtenStream = 3
)

func newAuthor(p *plan, s sources) *author {
	pcg := rand.NewPCG(0, 0)
	return &author{sources: s, seed: p.seed, pcg: pcg, rng: rand.New(pcg)}
}

// stream restarts the random numbers for one purpose of one row.
func (a *author) stream(purpose uint64, row int64) {
	a.pcg.Seed(mix(a.seed+purpose<<32), mix(uint64(row)))
}

// write gives the review of a row: UTF-8 without line breaks, valid until
// the next call. A written review keeps the habits of its own writer.
func (a *author) write(r *Row) []byte {
	if text, ok := a.written[r.Number]; ok {
		a.text = append(a.text[:0], text...)
		return a.text
	}
	a.compose(r)
	return a.habits(a.text, r)
}

// compose writes the review as a careful person would.
func (a *author) compose(r *Row) {
	a.stream(reviewStream, r.Number)
	a.grammar = a.grammars[r.Language]
	a.product, a.tone = r.product, r.tone
	a.verbosity = 0.2 + 0.6*a.rng.Float64()
	a.used, a.text, a.gap = a.used[:0], a.text[:0], false

	a.expand(a.grammar.top[r.quality])
	a.text = a.finish()
}

// finish is the text with clean ends and capitals.
func (a *author) finish() []byte {
	return sentenceCase(bytes.TrimLeft(bytes.TrimRight(a.text, " "), " ,"))
}

func (a *author) expand(symbol int) {
	id := a.grammar.symbols[symbol].sections[a.product][a.tone]
	alternatives := a.grammar.sections[id].alternatives
	for _, part := range alternatives[a.choose(id, len(alternatives))].parts {
		switch part.kind {
		case plainPart:
			a.put(part.text)
		case choicePart:
			a.put(part.choices[a.rng.IntN(len(part.choices))])
		case rangePart:
			a.put(strconv.Itoa(part.low + a.rng.IntN(part.high-part.low+1)))
		case symbolPart:
			if part.optional && a.rng.Float64() >= a.verbosity {
				a.put("")
				continue
			}
			a.expand(part.symbol)
		}
	}
}

// choose takes an alternative of a section that this review has not used yet,
// or any if it has used them all.
func (a *author) choose(section, n int) int {
	first := a.rng.IntN(n)
	pick := usedAlternative{section, first}
	for a.wasUsed(pick) {
		pick.alternative = (pick.alternative + 1) % n
		if pick.alternative == first {
			break
		}
	}
	a.used = append(a.used, pick)
	return pick.alternative
}

func (a *author) wasUsed(pick usedAlternative) bool {
	for _, u := range a.used {
		if u == pick {
			return true
		}
	}
	return false
}

// put appends a piece of text. A space goes where another one or a comma
// follows and, behind a part that was left out, where any punctuation follows
// without a space of its own (as French has).
func (a *author) put(piece string) {
	if piece == "" {
		a.gap = true
		return
	}
	if n := len(a.text); n == 0 || a.text[n-1] == ' ' {
		bare := strings.TrimLeft(piece, " ")
		if bare == "" {
			return
		}
		spaced := len(bare) < len(piece)
		if n > 0 && (bare[0] == ',' || a.gap && !spaced && strings.IndexByte(".;:!?)", bare[0]) >= 0) {
			a.text = a.text[:n-1]
		}
		piece = bare
	}
	a.gap = false
	a.text = append(a.text, piece...)
}

// sentenceCase makes the first letter of the text and of each sentence a
// capital. A sentence ends with . ! or ? and a space; an ellipsis and an
// abbreviation of single letters ("z. B.") go on. A word with a capital further
// on ("iPhone") is a name and keeps its case.
func sentenceCase(text []byte) []byte {
	var out []byte
	start := true
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case start && unicode.IsLetter(r):
			if !hasCapital(text[i:]) {
				r = unicode.ToUpper(r)
			}
			start = false
		case start && unicode.IsDigit(r):
			start = false
		case r == ' ' && endsSentence(text[:i]):
			start = true
		}
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}

func hasCapital(text []byte) bool {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if unicode.IsUpper(r) {
			return true
		}
		if !unicode.IsLetter(r) {
			return false
		}
		i += size
	}
	return false
}

func endsSentence(text []byte) bool {
	n := len(text)
	if n == 0 {
		return false
	}
	switch text[n-1] {
	case '!', '?':
		return true
	case '.':
		word := text[bytes.LastIndexByte(text, ' ')+1 : n-1]
		last, size := utf8.DecodeLastRune(word)
		return size > 0 && last != '.' && (size < len(word) || !unicode.IsLetter(last))
	}
	return false
}
