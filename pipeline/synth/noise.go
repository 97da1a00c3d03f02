package synth

import (
	"bytes"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"
)

// Shares of people with a habit. Each has its own throw, so a person can have
// several; all are mild enough that a reader does not stumble.
const (
	sloppyTypist     = 0.15 // a typo every thirty words or so, one at least
	allLowerCase     = 0.06
	noAccents        = 0.05
	noFullStop       = 0.15
	exclaiming       = 0.12 // only those who take sides
	shouting         = 0.01 // in short reviews that take sides
	shoutedAtMost    = 80   // bytes
	wordsPerTypo     = 30
	shortestMistyped = 5 // letters
)

// habits roughens a text the way its writer would.
func (a *author) habits(text []byte, r *Row) []byte {
	has := func(share float64) bool { return a.rng.Float64() < share }
	if has(sloppyTypist) {
		for range 1 + bytes.Count(text, []byte(" "))/wordsPerTypo {
			text = mistype(a.rng, text)
		}
	}
	if has(noAccents) {
		text = withoutAccents(text)
	}
	if has(allLowerCase) {
		text = bytes.ToLower(text)
	} else if has(shouting) && len(text) <= shoutedAtMost && r.tone != balanced {
		text = bytes.ToUpper(text)
	}
	switch {
	case has(exclaiming) && r.tone != balanced:
		text = exclaim(a.rng, text)
	case has(noFullStop):
		if n := len(text) - 1; n > 0 && text[n] == '.' && text[n-1] != '.' {
			text = text[:n]
		}
	}
	return text
}

// exclaim ends a text with two or three exclamation marks where it had a full
// stop or one of them.
func exclaim(rng *rand.Rand, text []byte) []byte {
	n := len(text) - 1
	if n < 1 || text[n] != '!' && text[n] != '.' || text[n-1] == '.' || text[n-1] == '!' {
		return text
	}
	return append(text[:n], "!!!"[:2+rng.IntN(2)]...)
}

// mistype makes one typo in one longer word, never in its first letter: two
// letters swapped, one dropped or one doubled.
func mistype(rng *rand.Rand, text []byte) []byte {
	words := longWords(text)
	if len(words) == 0 {
		return text
	}
	span := words[rng.IntN(len(words))]
	word := []rune(string(text[span[0]:span[1]]))
	i := 1 + rng.IntN(len(word)-2)
	switch rng.IntN(3) {
	case 0:
		word[i], word[i+1] = word[i+1], word[i]
	case 1:
		word = append(word[:i], word[i+1:]...)
	case 2:
		word = append(word[:i+1], word[i:]...)
	}
	out := append([]byte(nil), text[:span[0]]...)
	out = append(out, string(word)...)
	return append(out, text[span[1]:]...)
}

// longWords finds the [start, end) of the words worth a typo.
func longWords(text []byte) [][2]int {
	var words [][2]int
	start, letters := 0, 0
	for i := 0; i <= len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if size > 0 && unicode.IsLetter(r) {
			letters++
		} else {
			if letters >= shortestMistyped {
				words = append(words, [2]int{start, i})
			}
			start, letters = i+size, 0
		}
		i += max(size, 1)
	}
	return words
}

// plainLetters are what people type who do not bother with accents.
var plainLetters = map[rune]string{
	'á': "a", 'à': "a", 'â': "a", 'ã': "a", 'ç': "c", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e",
	'í': "i", 'ì': "i", 'î': "i", 'ï': "i", 'ñ': "n", 'ó': "o", 'ò': "o", 'ô': "o", 'õ': "o",
	'ú': "u", 'ù': "u", 'û': "u", 'À': "A", 'É': "E", 'È': "E", 'Ê': "E", 'Ó': "O", 'Ú': "U",
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'Ä': "Ae", 'Ö': "Oe", 'Ü': "Ue",
	'¿': "", '¡': "",
}

func withoutAccents(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		if plain, ok := plainLetters[r]; ok {
			out = append(out, plain...)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
