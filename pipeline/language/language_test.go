package language

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTheCorpusIsToldAsClaimed holds Of to the figures in its comment.
func TestTheCorpusIsToldAsClaimed(t *testing.T) {
	files, err := filepath.Glob("../../testdata/model/corpus/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	type tally struct{ right, wrong, other int }
	all, long, foreign := tally{}, tally{}, tally{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		want := strings.TrimSuffix(filepath.Base(name), ".jsonl")
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			var review struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &review); err != nil {
				t.Fatal(err)
			}
			counts := []*tally{&all}
			if want == Other {
				counts = []*tally{&foreign}
			} else if len(strings.Fields(review.Text)) > 20 {
				counts = append(counts, &long)
			}
			for _, c := range counts {
				switch Of(review.Text) {
				case want:
					c.right++
				case Other:
					c.other++
				default:
					c.wrong++
				}
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	share := func(n int, of tally) float64 { return float64(n) / float64(of.right+of.wrong+of.other) }
	t.Logf("all %+v: %.3f right, %.3f wrong; long %+v; foreign %+v", all, share(all.right, all), share(all.wrong, all), long, foreign)
	if share(all.right, all) < 0.92 || share(all.wrong, all) > 0.02 {
		t.Errorf("of the corpus %.3f are named rightly, %.3f wrongly", share(all.right, all), share(all.wrong, all))
	}
	if share(long.right, long) < 0.995 {
		t.Errorf("of the long reviews %.3f are named rightly", share(long.right, long))
	}
	if share(foreign.right, foreign) < 0.8 {
		t.Errorf("of the other languages %.3f are Other", share(foreign.right, foreign))
	}
}

func TestATextThatDoesNotTellIsOther(t *testing.T) {
	for _, text := range []string{"", " ", "10/10", "!!! 👍👍👍", "¯\\_(ツ)_/¯", "\xff\xfe", "とても良いです。毎日使っています。", "Очень хороший товар, рекомендую всем.",
		"Mycket bra jacka, jag är väldigt nöjd med köpet och den sitter perfekt.", "Bardzo dobry produkt, polecam każdemu kto szuka."} {
		if got := Of(text); got != Other {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestShortReviewsAreToldByTheirCommonWords(t *testing.T) {
	for text, want := range map[string]string{
		"Sehr gut, immer wieder": "de", "Not good at all": "en", "Muy buen producto": "es", "Très bon produit": "fr",
		"Non è molto buono": "it", "Niet goed, erg jammer": "nl", "Não é muito bom": "pt", "SEHR GUT, IMMER WIEDER": "de",
	} {
		if got := Of(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("Sehr gut, immer wieder")
	f.Add(strings.Repeat("é", enough))
	f.Add("a" + strings.Repeat("日", enough))
	f.Add("\xff\xfe\x00'")
	f.Add(strings.Repeat("\x80", 2*enough))
	f.Fuzz(func(t *testing.T, text string) {
		code := Of(text)
		if code != Other && !slices.Contains(Codes, code) {
			t.Fatalf("%q is %q", text, code)
		}
		if again := Of(text); again != code {
			t.Fatalf("%q is %s, then %s", text, code, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(beginning(text)) {
			t.Fatalf("%q is cut inside a rune", text)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	texts := []string{"Sehr gut, immer wieder", "Lasted two winters in Oslo, then the left zip gave up.", "Fotos buenas de día, de noche no.", "Kartoffelpresse: Hebel am Niet gebrochen."}
	for i := 0; b.Loop(); i++ {
		Of(texts[i%len(texts)])
	}
}
