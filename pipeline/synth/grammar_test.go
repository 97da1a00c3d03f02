package synth

import (
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// minimal is a grammar with nothing but what must be.
const minimal = "[basic]\nfine\n[detailed]\nfine for {n:3-24} days\n[generic]\nfine\n"

func TestGrammarProblemsNameTheirLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"missing top symbol", "[basic]\na\n[generic]\nb\n", "{detailed} is defined nowhere"},
		{"unknown symbol", minimal + "so {what}\n", `line 7: {what} is defined nowhere for backpack in tone +`},
		{"defined for some tones only", minimal + "{x}\n[x+]\na\n[x=]\na\n", "line 7: {x} is defined nowhere for backpack in tone -"},
		{"defined for some products only", minimal + "{x}\n[x.laptop]\na\n", "line 7: {x} is defined nowhere for backpack"},
		{"never used", minimal + "[x]\na\n", "line 7: [x] is never used"},
		{"hidden by variants", minimal + "{x}\n[x+]\na\n[x-]\na\n[x=]\na\n[x]\nnever\n", "line 14: [x] is never used"},
		{"empty", minimal + "{x}\n[x]\n", "line 8: [x] has no alternative"},
		{"within itself", minimal + "{x}\n[x]\na {y}\n[y]\nb {x}\n", "line 11: {x} comes back to itself"},
		{"no product", minimal + "[basic.yacht]\na\n", `line 7: [basic.yacht]: no product type is called "yacht"`},
		{"no name", minimal + "[Basic]\na\n", "line 7: [Basic] is no symbol"},
		{"two tones", minimal + "[basic+-]\na\n", "line 7: [basic+-] is no symbol"},
		{"twice", minimal + "[basic]\na\n", "line 7: [basic] was defined on line 1 already"},
		{"no section", "a\n" + minimal, "line 1: an alternative before the first [symbol]"},
		{"open brace", minimal + "a {b\n", "line 7: a { without its }"},
		{"closing brace", minimal + "a } b\n", "line 7: a } without its {"},
		{"range", minimal + "{n:9-3}\n", "line 7: {n:9-3} is no range"},
		{"brace", minimal + "{A b}\n", "line 7: {A b} is neither a symbol nor a range nor a choice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseGrammar(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := parseGrammar(minimal); err != nil {
		t.Errorf("the minimal grammar: %v", err)
	}
}

func TestTheMostParticularVariantOfASymbolWins(t *testing.T) {
	g := mustParse(t, minimal+"{x}\n[x]\nany\n[x+]\nplus\n[x.laptop]\nlaptop\n[x.laptop+]\nlaptop plus\n")
	x := g.symbols[slices.IndexFunc(g.symbols, func(s symbol) bool { return s.name == "x" })]
	laptop, shoes := product(5), product(7)
	for _, c := range []struct {
		product product
		tone    tone
		want    string
	}{
		{laptop, positive, "laptop plus"},
		{laptop, negative, "laptop"},
		{shoes, positive, "plus"},
		{shoes, balanced, "any"},
	} {
		id := x.sections[c.product][c.tone]
		if got := g.sections[id].alternatives[0].parts[0].text; got != c.want {
			t.Errorf("%s in tone %c: {x} is %q, want %q", productTypes[c.product], toneMarks[c.tone], got, c.want)
		}
	}
}

// FuzzGrammar: no text breaks the parser, and what it lets through can write.
func FuzzGrammar(f *testing.F) {
	f.Add(minimal)
	f.Add(minimal + "{x?}, {a|b|} {n:1-2}.\n[x+]\na\n[x-]\n\n[x=]\nc\n")
	f.Add("[basic]\n{basic}\n[detailed.coffee_machine=]\n{n:}\n[generic]\n{|}\n")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := parseGrammar(text)
		if err != nil {
			return
		}
		a := newAuthor(&plan{}, sources{grammars: map[string]*grammar{"xx": g}})
		for _, r := range everyKindOfRow("xx") {
			a.write(&r)
		}
	})
}

// The rest holds for every grammar that is there.

var blemish = regexp.MustCompile(`[{}|\[\]]|  | [,.](?:[^.\p{L}\d]|$)|,,|,\.|\.,|^[,.;]|[^.]\.\.(?:[^.]|$)| $|\( | \)`)

func TestGrammarsWriteCleanText(t *testing.T) {
	for _, lang := range Languages() {
		t.Run(lang, func(t *testing.T) {
			a := newAuthor(&plan{seed: 7}, sources{grammars: map[string]*grammar{lang: mustLoad(t, lang)}})
			reported := 0
			for round := range int64(40) {
				for _, r := range everyKindOfRow(lang) {
					r.Number += round * 1000
					text := composed(a, &r)
					if at := blemish.FindStringIndex(text); (at != nil || len(text) < 2) && reported < 20 {
						reported++
						t.Errorf("%s %s %c: %q at %v", productTypes[r.product], topNames[r.quality], toneMarks[r.tone], text, at)
					}
				}
			}
		})
	}
}

// TestGrammarsAreRich counts the texts that each grammar can write.
func TestGrammarsAreRich(t *testing.T) {
	atLeast := [len(qualities)]float64{basic: 1e6, detailed: 1e8, generic: 5e4}
	for _, lang := range Languages() {
		t.Run(lang, func(t *testing.T) {
			g := mustLoad(t, lang)
			for q := range quality(len(qualities)) {
				for p := range productTypes {
					for tone := range tones {
						if n := g.texts(g.top[q], p, tone); n < atLeast[q] {
							t.Errorf("%s, %s, tone %c: %.3g texts, want %.0g", topNames[q], productTypes[p], toneMarks[tone], n, atLeast[q])
						}
					}
				}
			}
		})
	}
}

// texts counts the expansions of a symbol.
func (g *grammar) texts(symbol, product, tone int) float64 {
	sum := 0.0
	for _, a := range g.sections[g.symbols[symbol].sections[product][tone]].alternatives {
		n := 1.0
		for _, part := range a.parts {
			switch part.kind {
			case symbolPart:
				m := g.texts(part.symbol, product, tone)
				if part.optional {
					m++
				}
				n *= m
			case rangePart:
				n *= float64(part.high - part.low + 1)
			case choicePart:
				n *= float64(len(part.choices))
			}
		}
		sum += n
	}
	return sum
}

func TestAHundredThousandReviewsHoldUnderOnePercentDuplicates(t *testing.T) {
	const reviews = 100_000
	p, err := newPlan(Options{Rows: reviews, Reviews: -1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	from, err := loadSources(p)
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthor(p, from)
	seed := maphash.MakeSeed()
	seen := make(map[uint64]bool, reviews)
	duplicates := map[string]int{}
	var rows []Row
	for n := range p.blocks() {
		rows = p.draw(rows[:0], n)
		for i := range rows {
			h := maphash.Bytes(seed, a.write(&rows[i]))
			if seen[h] {
				duplicates[fmt.Sprintf("%s %s %c", rows[i].Language, topNames[rows[i].quality], toneMarks[rows[i].tone])]++
			}
			seen[h] = true
		}
	}
	share := float64(reviews-len(seen)) / reviews
	t.Logf("%.3f%% duplicates: %v", 100*share, duplicates)
	if share >= 0.01 {
		t.Errorf("%.2f%% of %d reviews are duplicates", 100*share, reviews)
	}
}

func mustParse(t *testing.T, text string) *grammar {
	t.Helper()
	g, err := parseGrammar(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func mustLoad(t *testing.T, lang string) *grammar {
	t.Helper()
	g, err := loadGrammar(lang)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// everyKindOfRow gives a row of each product, quality and tone.
func everyKindOfRow(lang string) []Row {
	var rows []Row
	for p := range productTypes {
		for q := range qualities {
			for mark := range tones {
				rows = append(rows, Row{Number: int64(len(rows)), Language: lang, product: product(p), quality: quality(q), tone: tone(mark)})
			}
		}
	}
	return rows
}

// composed is the review of a row before the habits of its writer.
func composed(a *author, r *Row) string {
	a.compose(r)
	return string(a.text)
}
