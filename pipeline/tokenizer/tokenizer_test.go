package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestTokensIsSafeForConcurrentUse(t *testing.T) {
	g := readGoldens(t)
	tok := load(t, "wordpiece-uncased")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i, text := range g.Texts[:500] {
				if checksum(tok.Tokens(text)) != g.CRC["wordpiece-uncased"][i] {
					t.Errorf("text %d has other ids beside other goroutines", i)
				}
			}
		})
	}
	all.Wait()
}

func TestBytesThatAreNotUTF8AreReplacementCharacters(t *testing.T) {
	for _, name := range []string{"wordpiece-cased", "bpe-roberta"} {
		tok := load(t, name)
		if a, b := tok.Tokens("good \xff\xfe day\xc3"), tok.Tokens("good \uFFFD day\uFFFD"); !slices.Equal(a, b) {
			t.Errorf("%s: ids %d, want %d", name, a, b)
		}
	}
}

func TestAMegabyteWithoutBlanksIsReadAtOnce(t *testing.T) {
	text := strings.Repeat("ab'1日\u0301", 1<<20/9)
	for _, name := range []string{"wordpiece-uncased", "bpe-roberta"} {
		if ids := load(t, name).Tokens(text); len(ids) < 1000 {
			t.Errorf("%s: %d ids", name, len(ids))
		}
	}
	long := load(t, "bpe-roberta").Tokens(strings.Repeat("the", 1<<20/3)) // one word
	if short := load(t, "bpe-roberta").Tokens(strings.Repeat("the", 100)); !slices.Equal(long[:50], short[:50]) {
		t.Errorf("a word of a megabyte begins with %d, one of 300 bytes with %d", long[:50], short[:50])
	}
}

func TestTheCacheStartsAnewWhenItIsFull(t *testing.T) {
	model := load(t, "bpe-roberta").model
	var c wordCache
	word := func(i int) []byte {
		return []byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676%26), 'a' + byte(i/17576)}
	}
	for i := range maxCachedWords + 100 {
		c.appendWord(nil, word(i), model)
	}
	if len(c.spans) != 100 {
		t.Errorf("%d words in the cache, want 100", len(c.spans))
	}
	for i := range 200 {
		for range 2 {
			if a, b := c.appendWord([]int32{1}, word(i), model), model.appendWord([]int32{1}, word(i)); !slices.Equal(a, b) {
				t.Fatalf("%s: cached %d, computed %d", word(i), a, b)
			}
		}
	}
}

func TestRowsAreCutOnlyAtTheEndOfTheFirstText(t *testing.T) {
	tok := load(t, "bpe-roberta")
	a, b := []int32{10, 11, 12}, []int32{20, 21}
	for _, c := range []struct {
		max  int
		want []int64 // nil: an error
	}{
		{99, []int64{0, 10, 11, 12, 2, 2, 20, 21, 2}},
		{9, []int64{0, 10, 11, 12, 2, 2, 20, 21, 2}},
		{7, []int64{0, 10, 2, 2, 20, 21, 2}},
		{6, nil},
		{0, nil},
	} {
		row, err := tok.Pair(a, b, c.max)
		if (err != nil) != (c.want == nil) || !slices.Equal(row.IDs, c.want) {
			t.Errorf("Pair(…, %d) = %v, %v, want %v", c.max, row, err, c.want)
		}
	}
	if row := tok.Single(a, 3); !slices.Equal(row.IDs, []int64{0, 10, 2}) {
		t.Errorf("Single(…, 3) = %v", row)
	}
	if row := tok.Single(a, 1); !slices.Equal(row.IDs, []int64{0, 2}) {
		t.Errorf("Single(…, 1) = %v", row)
	}
	if row, err := tok.Pair(nil, b, 6); err != nil || len(row.IDs) != 6 {
		t.Errorf("an empty first text beside one that just fits: %v, %v", row, err)
	}
}

func TestTheUnicodeTableIsTheLibrarysNotGos(t *testing.T) {
	table := characters()
	for _, c := range []struct {
		r    rune
		want class
	}{
		{'A', letter | word | lowered},
		{'\v', space | cleaned},
		{'\u200b', cleaned},
		{'\u0130', letter | word | lowered | decomposed},
		{'\u0378', 0},                // unassigned, and not removed
		{'\u302e', combining | word}, // a mark, but a spacing one
	} {
		if got := table.of(c.r); got != c.want {
			t.Errorf("%U has the class %b, want %b", c.r, got, c.want)
		}
	}
	if got := table.lower['İ']; !slices.Equal(got, []rune("i\u0307")) {
		t.Errorf("İ is lowered to %+q", got)
	}
	if parts, n := jamo('각'); n != 3 || parts != [3]rune{0x1100, 0x1161, 0x11A8} {
		t.Errorf("각 is decomposed into %U", parts[:n])
	}
}

// FuzzTokens looks for texts whose ids depend on what was tokenized before, or are in no vocabulary.
func FuzzTokens(f *testing.F) {
	var toks []*Tokenizer
	for _, name := range []string{"wordpiece-cased", "wordpiece-uncased", "wordpiece-accents", "bpe-roberta", "bpe-legacy"} {
		toks = append(toks, load(f, name))
	}
	for _, text := range []string{"", "I'll take  two [MASK] <mask>\n", "\u0301\U0001d165\u302e 한국어 中文\xff", "solo left  right  lefty"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range toks {
			ids := tok.Tokens(text)
			if again := tok.Tokens(text); !slices.Equal(ids, again) {
				t.Errorf("ids %d, then %d", ids, again)
			}
			for _, id := range ids {
				if id < 0 || int(id) >= len(tok.vocab)+len(tok.added) {
					t.Errorf("id %d of a vocabulary of %d", id, len(tok.vocab))
				}
			}
		}
	})
}
