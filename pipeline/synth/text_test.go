package synth

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSentencesBeginWithACapital(t *testing.T) {
	for _, c := range [][2]string{
		{"fine. really fine! is it? yes", "Fine. Really fine! Is it? Yes"},
		{"¿por qué? ¡no sé! élan", "¿Por qué? ¡No sé! Élan"},
		{"iPhone case. eBay find. macOS", "iPhone case. eBay find. macOS"},
		{"well... it works", "Well... it works"},
		{"kaufte z. B. das hier. über alles", "Kaufte z. B. das hier. Über alles"},
		{"costs 9 €. cheap. paid 12. then 3.5 mm", "Costs 9 €. Cheap. Paid 12. Then 3.5 mm"},
		{"10 days. 3 cups. bon ! oui", "10 days. 3 cups. Bon ! Oui"},
		{"", ""},
	} {
		if got := string(sentenceCase([]byte(c[0]))); got != c[1] {
			t.Errorf("%q became %q, want %q", c[0], got, c[1])
		}
	}
}

func TestWhatIsLeftOutLeavesNoGap(t *testing.T) {
	for _, c := range []struct{ alternative, want string }{
		{"good {x?}, really {x?}.", "Good, really."},
		{"{x?} good {x?} value {x?}", "Good value"},
		{"{x?}, good", "Good"},
		{"bon {x?} ! oui", "Bon ! Oui"},
		{"so {|} good{|}", "So good"},
		{"pay {a, |a, }then", "Pay a, then"},
		{"now {, yes|, yes}", "Now, yes"},
		{"a  b", "A b"},
	} {
		g := mustParse(t, "[basic]\n"+c.alternative+"\n[detailed]\na {x}\n[generic]\na\n[x]\nx\n")
		a := newAuthor(&plan{}, sources{grammars: map[string]*grammar{"xx": g}})
		// With a verbosity below every throw an optional part never comes.
		a.grammar, a.verbosity = g, -1
		a.expand(g.top[basic])
		if got := string(a.finish()); got != c.want {
			t.Errorf("%q became %q, want %q", c.alternative, got, c.want)
		}
	}
}

func TestAReviewDoesNotRepeatItself(t *testing.T) {
	g := mustParse(t, "[basic]\n{x} {x} {x} {x}\n[detailed]\na\n[generic]\na\n[x]\none\ntwo\nthree\nfour\n")
	a := newAuthor(&plan{}, sources{grammars: map[string]*grammar{"xx": g}})
	for row := range int64(200) {
		a.compose(&Row{Number: row, Language: "xx", quality: basic})
		seen := map[string]bool{}
		for _, word := range strings.Fields(strings.ToLower(string(a.text))) {
			if seen[word] {
				t.Fatalf("%q", a.text)
			}
			seen[word] = true
		}
	}
}

func TestHabits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		got := []rune(string(mistype(rng, []byte("its übergroß ok"))))
		if n := len(got) - len([]rune("its übergroß ok")); n < -1 || n > 1 || string(got[:5]) != "its ü" || string(got[len(got)-3:]) != " ok" {
			t.Errorf("mistyped as %q", string(got))
		}
	}
	if got := string(mistype(rng, []byte("ok so be it"))); got != "ok so be it" {
		t.Errorf("short words were mistyped as %q", got)
	}
	if got := string(withoutAccents([]byte("¡Qué año! Größe, ça va"))); got != "Que ano! Groesse, ca va" {
		t.Errorf("without accents: %q", got)
	}
	for _, c := range []struct{ text, want string }{
		{"Good.", "Good!!"}, {"Good!", "Good!!"}, {"Good...", "Good..."}, {"Good", "Good"}, {"Good!!", "Good!!"},
	} {
		got := string(exclaim(rng, []byte(c.text)))
		if got != c.want && (got != c.want+"!" || c.want == c.text) {
			t.Errorf("%q exclaimed is %q", c.text, got)
		}
	}
}
