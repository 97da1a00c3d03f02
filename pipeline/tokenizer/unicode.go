package tokenizer

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// unicodeText is Unicode as the Rust library sees it, one property a line. The library mixes tables of four
// Unicode versions and Go's change with each release, so the properties were asked of the library itself
// (testdata/tokenizer/unicode.py) and none of Go's are used.
//
//go:embed unicode.txt
var unicodeText string

// class is a set of properties of a character.
type class uint16

const (
	space      class = 1 << iota // white space, for all of Rust's std, its regex crate and Oniguruma
	cleaned                      // removed by BertNormalizer's clean_text: controls, formats, private use
	punct                        // a word of its own for BertPreTokenizer
	mark                         // nonspacing mark, removed as an accent
	letter                       // \p{L} of the byte-level split
	number                       // \p{N} of the byte-level split
	word                         // \w beside an added token that matches single words only
	lowered                      // has a lower-case mapping
	decomposed                   // has a canonical decomposition (without Hangul)
	combining                    // has a canonical combining class other than 0
)

var classNames = map[string]class{
	"space": space, "cleaned": cleaned, "punct": punct, "mark": mark, "letter": letter, "number": number, "word": word,
	"lower": lowered, "nfd": decomposed,
}

// charTable gives the properties of every character, by pages of 256.
type charTable struct {
	pages [(utf8.MaxRune + 1) >> 8]*[256]class
	lower map[rune][]rune
	nfd   map[rune][]rune
	ccc   map[rune]uint8 // canonical combining class
}

func (t *charTable) of(r rune) class { return t.pages[r>>8][r&0xFF] }

func (t *charTable) is(r rune, c class) bool { return t.of(r)&c != 0 }

// characters returns the table, built at the first call (about 2 ms).
var characters = sync.OnceValue(func() *charTable {
	t := &charTable{lower: make(map[rune][]rune), nfd: make(map[rune][]rune), ccc: make(map[rune]uint8)}
	full := make([][256]class, len(t.pages))
	for line := range strings.Lines(unicodeText) {
		name, values, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "#" {
			continue
		}
		c := classNames[name]
		ccc, isCCC := strings.CutPrefix(name, "ccc")
		if isCCC {
			c = combining
		}
		for entry := range strings.FieldsSeq(values) {
			first, last, step, to := parseEntry(entry)
			for r := first; r <= last; r += step {
				full[r>>8][r&0xFF] |= c
				switch {
				case isCCC:
					n, _ := strconv.ParseUint(ccc, 10, 8)
					t.ccc[r] = uint8(n)
				case name == "lower":
					t.lower[r] = shifted(to, r-first)
				case name == "nfd":
					t.nfd[r] = shifted(to, r-first)
				}
			}
		}
	}
	shared := make(map[[256]class]*[256]class)
	for i := range full {
		page, ok := shared[full[i]]
		if !ok {
			page = new([256]class)
			*page = full[i]
			shared[*page] = page
		}
		t.pages[i] = page
	}
	return t
})

// parseEntry reads FIRST, FIRST-LAST or FIRST-LAST/STEP, all but the step in hexadecimal, and after a = what
// the first maps to: characters joined by +.
func parseEntry(entry string) (first, last, step rune, to []rune) {
	from, targets, _ := strings.Cut(entry, "=")
	from, by, _ := strings.Cut(from, "/")
	low, high, isRange := strings.Cut(from, "-")
	first, last, step = hex(low), hex(low), 1
	if isRange {
		last = hex(high)
	}
	if by != "" {
		step = hex(by)
	}
	for target := range strings.SplitSeq(targets, "+") {
		if target != "" {
			to = append(to, hex(target))
		}
	}
	return first, last, max(step, 1), to
}

func hex(s string) rune {
	n, err := strconv.ParseUint(s, 16, 21)
	if err != nil { // the file is part of the program
		panic(fmt.Sprintf("unicode.txt: %v", err))
	}
	return rune(n)
}

// shifted moves the target of a run's first character to that of the one that is by further on.
func shifted(to []rune, by rune) []rune {
	if by == 0 {
		return to
	}
	return []rune{to[0] + by}
}
