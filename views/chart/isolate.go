package chart

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// The marks of Unicode's bidirectional algorithm (UAX 9) round text whose
// direction is its own affair. They take no cell.
const (
	firstStrongIsolate = '\u2068'
	popIsolate         = '\u2069'
)

// Isolate puts marks round text that is written from right to left, on a drawn
// screen: a terminal that reorders it then leaves the numbers and names beside it
// where they are. A stretch of such text ends where a column does: at two
// blanks, a rule, an escape or the end of the line. It is done last, so that
// nothing can be cut between two marks.
func Isolate(text string) string {
	if !maybeRightToLeft(text) {
		return text
	}
	var b strings.Builder
	open, from := false, 0 // of a stretch: what follows its last letter is not written yet
	flush := func(to int) {
		b.WriteString(text[from:to])
		from = to
	}
	end := 0 // of the stretch so far
	leave := func() {
		if open {
			flush(end)
			b.WriteRune(popIsolate)
			open = false
		}
	}
	for i, r := range text {
		switch {
		case r == '\n' || r == '\x1b' || r >= 0x2500 && r <= 0x257f || r == ' ' && strings.HasPrefix(text[i+1:], " "):
			leave()
		case rightToLeft(r):
			if !open {
				flush(i)
				b.WriteRune(firstStrongIsolate)
				open = true
			}
			end = i + utf8.RuneLen(r)
		}
	}
	leave()
	flush(len(text))
	return b.String()
}

// maybeRightToLeft is fast and never wrong when it says no: it looks for the
// first bytes of what Unicode has for such scripts.
func maybeRightToLeft(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= 0xd6 && c <= 0xe0 || c == 0xef || c == 0xf0 {
			return true
		}
	}
	return false
}

func rightToLeft(r rune) bool {
	if r < 0x0590 {
		return false
	}
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}
