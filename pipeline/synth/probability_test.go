package synth

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// labInputs are the model's inputs, their codes not in the lab's own order.
var labInputs = []Input{
	{"PAGE_LOAD_TIME", nil}, {"product_rating", nil}, {"REVIEW_SENTIMENT", nil},
	{"PRODUCT_LAYOUT", reversed(layouts[:])}, {"REVIEW_QUALITY", reversed(qualities[:])},
}

func reversed(words []string) []string {
	words = slices.Clone(words)
	slices.Reverse(words)
	return words
}

func truthOf(t *testing.T, opts Options) (*Truth, []Row) {
	t.Helper()
	dir := t.TempDir()
	if err := Write(t.Context(), opts, dir, nil); err != nil {
		t.Fatal(err)
	}
	truth, err := ReadTruth(filepath.Join(dir, TruthFile))
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	if err := Rows(t.Context(), opts, func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return truth, rows
}

func TestTheTruthReadBackGivesEveryRowItsProbability(t *testing.T) {
	truth, rows := truthOf(t, Options{Rows: 500, Seed: 3, Effects: map[string]float64{"page_load_time": -1.1, "review_quality:product_layout": 0.3}})
	probability, err := truth.Probability(labInputs)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		got := probability([]float32{float32(r.PageLoadTime), float32(r.Rating), float32(r.Sentiment),
			float32(slices.Index(labInputs[3].Classes, r.Layout)), float32(slices.Index(labInputs[4].Classes, r.Quality))})
		if math.Abs(got-r.Probability) > 1e-6 {
			t.Fatalf("row %d: %g, drawn with %g", r.Number, got, r.Probability)
		}
	}
}

func TestNoiseIsAveragedOver(t *testing.T) {
	truth, _ := truthOf(t, Options{Rows: 50, Seed: 3, Effects: map[string]float64{"noise": 1.5}})
	probability, err := truth.Probability(labInputs)
	if err != nil {
		t.Fatal(err)
	}
	// At a logit of −0.85 + 0.7·1.3, noise of 1.5 draws towards a half.
	row := []float32{1, 3, 0, 3, 2}
	mean, sum := 0.0, 0.0
	for z := -6.0; z <= 6; z += 0.01 {
		w := math.Exp(-z * z / 2)
		x := -0.85 + 0.7*1.3 - 0.5*0.5 + 0.5*layoutScores[1] + 1.5*z // layout 3 of the reversed is the lab's 1; quality 2 its 0
		mean += w / (1 + math.Exp(-x))
		sum += w
	}
	if got := probability(row); math.Abs(got-mean/sum) > 1e-3 {
		t.Errorf("%g, the mean over the noise is %g", got, mean/sum)
	}
}

func TestTheTruthRefusesWhatItDoesNotKnow(t *testing.T) {
	truth, _ := truthOf(t, Options{Rows: 50, Seed: 3})
	for says, inputs := range map[string][]Input{
		"depends on PAGE_LOAD_TIME":        labInputs[1:],
		`no PRODUCT_LAYOUT "spiral"; it k`: append(slices.Clone(labInputs[:3]), Input{"PRODUCT_LAYOUT", []string{"spiral"}}, labInputs[4]),
	} {
		if _, err := truth.Probability(inputs); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %q", err, says)
		}
	}
	file := filepath.Join(t.TempDir(), "truth.json")
	for _, text := range []string{"", "{}", `{"effects":{"intercept":{"value":1},"moon":{"value":1}}}`} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTruth(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%q was read: %v", text, err)
		}
	}
	if _, err := ReadTruth(file + "x"); err == nil {
		t.Error("a file that is not there was read")
	}
	missing, err := truth.Probability(labInputs)
	nan := float32(math.NaN())
	if err != nil || math.Abs(missing([]float32{nan, nan, nan, nan, nan})-1/(1+math.Exp(0.85))) > 1e-9 {
		t.Errorf("a customer of whom nothing is known: %v", err)
	}
}
