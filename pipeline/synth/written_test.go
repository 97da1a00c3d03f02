package synth

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	model "willbuy/testdata/model"
)

// TestAFifthOfTheDefaultLabIsWritten reads the lab as the next program would
// and the corpus line by line: what the lab took from it agrees with the truth.
func TestAFifthOfTheDefaultLabIsWritten(t *testing.T) {
	type entry struct{ lang, Text, Quality, Sentiment, Product string }
	entries := map[string]entry{}
	for _, lang := range Languages() {
		file, err := model.Corpus.ReadFile("corpus/" + lang + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(file)) {
			e := entry{lang: lang}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			entries[e.Text] = e
		}
	}
	sides := map[tone]string{positive: "positive", negative: "negative", balanced: "neutral mixed"}

	for seed := range uint64(3) {
		dir := t.TempDir()
		opts := Options{Rows: 2000, Reviews: -1, Seed: seed + 1, Dirty: DefaultDirty}
		if err := Write(t.Context(), opts, dir, nil); err != nil {
			t.Fatal(err)
		}
		texts := readReviews(t, dir)
		written, times := 0, map[string]int{}
		for _, r := range collect(t, opts) {
			e, ok := entries[texts[r.UUID.String()]]
			if !ok {
				continue
			}
			written++
			if times[e.Text]++; times[e.Text] == 2 {
				t.Errorf("%q stands twice in the lab", e.Text)
			}
			if heldOut(e.Text) {
				t.Errorf("%q is held out", e.Text)
			}
			if e.lang != r.Language || e.Quality != topNames[r.quality] || !strings.Contains(sides[toneOf(r.Sentiment)], e.Sentiment) ||
				strings.ReplaceAll(e.Product, "_", " ") != r.ProductType {
				t.Errorf("%+v went to a customer with %s, %s, %.2f, %s", e, r.Language, r.Quality, r.Sentiment, r.ProductType)
			}
		}
		if share := float64(written) / float64(len(texts)); share < 0.17 || share > 0.23 {
			t.Errorf("seed %d: %d of %d reviews are written ones, want about a fifth", opts.Seed, written, len(texts))
		} else {
			t.Logf("seed %d: %.1f%%", opts.Seed, 100*share)
		}
	}
}

// TestWrittenReviewsMoveNothingElse holds the tables of seed 1 to the bytes
// that they had while every review was composed.
func TestWrittenReviewsMoveNothingElse(t *testing.T) {
	dir := t.TempDir()
	if err := Write(t.Context(), Options{Rows: 2000, Reviews: -1, Seed: 1, Dirty: DefaultDirty}, dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		TabularFile: "5a112101d147d366e84775073369fa4002707bc1eb755e08dafd3ed260676c20",
		TruthTable:  "5c21b14e71cea2a97ff0ceee131676f635b73ba157219ee66eab0a10cc4797a9",
		TruthFile:   "01ca8cb84610f21b48f84a382ff2ec21e8da60eab4895f8a772368dc2b18e936",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want {
			t.Errorf("%s has another content: %s", name, got)
		}
	}
}

func TestWrittenReviewsDependOnNothingThatFollows(t *testing.T) {
	const rows = blockRows + 1000
	base := mustAssign(t, Options{Rows: rows, Reviews: -1, Seed: 5})
	for name, opts := range map[string]Options{
		"more rows":     {Rows: 3 * rows, Reviews: -1, Seed: 5},
		"fewer reviews": {Rows: rows, Reviews: 10, Seed: 5},
	} {
		got := mustAssign(t, opts)
		maps.DeleteFunc(got, func(row int64, _ string) bool { return row >= rows })
		if !maps.Equal(got, base) {
			t.Errorf("%s: other written reviews than before", name)
		}
	}
	if maps.Equal(mustAssign(t, Options{Rows: rows, Reviews: -1, Seed: 6}), base) {
		t.Error("another seed has the same written reviews")
	}
}

// TestEveryWrittenReviewFindsACustomerOnce: a large run uses the corpus up, and
// keeps nothing more in memory than that.
func TestEveryWrittenReviewFindsACustomerOnce(t *testing.T) {
	times := map[string]int{}
	for _, text := range mustAssign(t, Options{Rows: 1 << 40, Reviews: -1, Seed: 2}) {
		times[text]++
	}
	all, missed := 0, 0
	for _, texts := range mustLoadCorpus(t) {
		for _, text := range texts {
			all++
			switch times[text] {
			case 0:
				missed++
			case 1:
			default:
				t.Errorf("%d customers wrote %q", times[text], text)
			}
		}
	}
	t.Logf("%d of %d went to nobody", missed, all)
	if missed > all/100 || len(times) > all {
		t.Errorf("of %d written reviews %d are used, %d went to nobody", all, len(times), missed)
	}
}

func TestHeldOutTextsAreThoseOfTheTraining(t *testing.T) {
	// is_held_out(text) of testdata/model/reviews.py.
	for text, want := range map[string]bool{
		"Review number 2":   true,
		"Review number 24":  true,
		"Review number 32":  true,
		"¡Qué año.":         true,
		"não gostei!!":      true,
		"😡!!":               true,
		"15\" screen 3":     true,
		"":                  false,
		"Review number 3":   false,
		"ok":                false,
		"¡Qué año":          false,
		"Größe passt nicht": false,
		"Très bien":         false,
	} {
		if heldOut(text) != want {
			t.Errorf("%q: held out is %v, want %v", text, !want, want)
		}
	}
}

func TestCorpusProblemsNameTheirLine(t *testing.T) {
	const sound = `{"text":"Fine.","quality":"basic","sentiment":"mixed","product":"coffee_machine"}` + "\n"
	for _, c := range []struct{ line, want string }{
		{`{"text":"Fine."`, "line 2: unexpected end of JSON input"},
		{``, "line 2: unexpected end of JSON input"},
		{`{"text":7}`, "line 2: json: cannot unmarshal number"},
		{`{"text":" ","quality":"basic","sentiment":"mixed","product":"shoes"}`, "line 2: a review without text"},
		{`{"text":"a","quality":"good","sentiment":"mixed","product":"shoes"}`, `line 2: no quality is called "good"`},
		{`{"text":"a","quality":"basic","product":"shoes"}`, `line 2: no sentiment is called ""`},
		{`{"text":"a","quality":"basic","sentiment":"mixed","product":"yacht"}`, `line 2: no product is called "yacht"`},
	} {
		err := corpus{}.read("en", sound+c.line+"\n"+sound)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "line 3") {
			t.Errorf("%s: got %v, want %q", c.line, err, c.want)
		}
	}
}

func TestOnlyWhatACustomerCanHaveWrittenIsTaken(t *testing.T) {
	c := corpus{}
	err := c.read("en", `{"text":"Fine.","quality":"basic","sentiment":"mixed","product":"coffee_machine"}
{"text":"Another shop's.","quality":"basic","sentiment":"mixed","product":"other"}
{"text":"Two\nlines.","quality":"basic","sentiment":"mixed","product":"shoes"}
{"text":"\"Quoted\" in front.","quality":"basic","sentiment":"mixed","product":"shoes"}
{"text":"Review number 2","quality":"basic","sentiment":"mixed","product":"shoes"}
`)
	fine := kind{lang: "en", product: 2, quality: basic, tone: balanced}
	if err != nil || len(c) != 1 || len(c[fine]) != 1 || c[fine][0] != "Fine." {
		t.Errorf("%v: %v", c, err)
	}
}

func mustAssign(t *testing.T, opts Options) map[int64]string {
	t.Helper()
	p, err := newPlan(opts)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := assignWritten(p)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func mustLoadCorpus(t *testing.T) corpus {
	t.Helper()
	c, err := loadCorpus(Languages())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// readReviews gives the text of every customer whose line can be read.
func readReviews(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, ReviewsDir, "*.txt"))
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		accepted, _ := parseAll(t, file)
		maps.Copy(texts, accepted)
	}
	return texts
}
