package tui

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sahilm/fuzzy"
)

// match is an item that was found, and which runes of it.
type match struct {
	item  item
	hit   map[int]bool // of name, two blanks and more
	score int
}

// search finds the items in which each of the words typed occurs, the best
// first and else in their order. Nothing typed finds everything.
func search(items []item, typed string) []match {
	words := strings.Fields(strings.ToLower(typed))
	var found []match
	for _, it := range items {
		f := match{item: it, hit: map[int]bool{}}
		text := it.name
		if it.more != "" && it.why == "" {
			text += "  " + it.more
		}
		all := !slices.ContainsFunc(words, func(word string) bool { return !f.find(word, text) })
		if !all {
			continue
		}
		if it.why != "" && typed != "" { // of two alike, the one that can be done
			f.score -= 20
		}
		found = append(found, f)
	}
	slices.SortStableFunc(found, func(a, b match) int { return b.score - a.score })
	return found
}

// looseSpan is over how many times its own length the letters of a word may be
// strewn: in a long sentence nearly every word can be found otherwise.
const looseSpan = 4

// find looks for a word: at the beginning of the name, of one of its words, of
// what the item is, of a word of what stands behind it, inside of one, and at last
// with other letters between its own.
func (f *match) find(word, text string) bool {
	runes, sought, name := lower(text), lower(word), len([]rune(f.item.name))
	best, at := 0, -1
	for i := 0; i+len(sought) <= len(runes); i++ {
		if !slices.Equal(runes[i:i+len(sought)], sought) {
			continue
		}
		score := 200
		begins := i == 0 || !unicode.IsLetter(runes[i-1]) && !unicode.IsDigit(runes[i-1])
		if begins {
			score += 200
		}
		if i < name {
			score += 100
		}
		if i == 0 {
			score += 100
		}
		if i == 0 && len(sought) == name {
			score += 50
		}
		if score > best {
			best, at = score, i
		}
	}
	if strings.HasPrefix(f.item.kind, word) && best < 450 {
		f.score += 450
		return true
	}
	if at >= 0 {
		for i := range sought {
			f.hit[at+i] = true
		}
		f.score += best
		return true
	}
	loose := fuzzy.FindNoSort(word, []string{f.item.name})
	if len(loose) == 0 || len(sought) < 2 {
		return false
	}
	hits := loose[0].MatchedIndexes
	if hits[len(hits)-1]-hits[0] >= looseSpan*len(sought) {
		return false
	}
	for _, at := range hits {
		f.hit[len([]rune(f.item.name[:at]))] = true
	}
	f.score += min(loose[0].Score, 199)
	return true
}

// lower is a text in lower case, rune by rune, so that places stay the same.
func lower(text string) []rune {
	runes := []rune(text)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return runes
}
