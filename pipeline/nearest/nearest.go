// Package nearest answers a word that is not there with the one that may have
// been meant.
package nearest

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// compared is how much of a word counts: a value can be a whole review.
const compared = 60

// Word gives the candidate with the fewest single-character edits from word,
// case ignored; the first of equals, "" when there are none.
func Word(word string, candidates []string) string {
	best, _ := find(word, candidates)
	return best
}

// Close is Word where it is so near that a slip of the hand may explain the
// difference, else "": two edits, a third of a long word, one of a short one.
func Close(word string, candidates []string) string {
	best, edits := find(word, candidates)
	allowed := max(2, len(word)/3)
	if len(word) <= 3 {
		allowed = 1
	}
	if edits > allowed {
		return ""
	}
	return best
}

func find(word string, candidates []string) (best string, edits int) {
	for i, c := range candidates {
		if d := levenshtein.ComputeDistance(fold(word), fold(c)); i == 0 || d < edits {
			best, edits = c, d
		}
	}
	return best, edits
}

func fold(word string) string {
	runes := []rune(strings.ToLower(strings.TrimSpace(word)))
	return string(runes[:min(len(runes), compared)])
}
