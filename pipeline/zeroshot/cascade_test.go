package zeroshot

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/textmodel"
)

// twins is a directory with an exact and a quantised network.
func twins(t *testing.T) textmodel.Source {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(tiny, "nli"))); err != nil {
		t.Fatal(err)
	}
	const file = "onnx/model_quantized.onnx"
	data, err := os.ReadFile(filepath.Join(tiny, "nli-int8", file))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, file), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return textmodel.Directory(dir)
}

func opened(t *testing.T, source textmodel.Source, s Setup, o Options) *Opened {
	t.Helper()
	q, err := Open(source, s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// reviews are n distinct texts.
func reviews(t *testing.T, n int) []textmodel.Text {
	t.Helper()
	var seeds []string
	readJSON(t, "texts.json", &seeds)
	texts := make([]textmodel.Text, n)
	for i := range texts {
		texts[i] = textmodel.Text{ID: fmt.Sprint("r", i), Text: fmt.Sprint(seeds[i%len(seeds)], " ", i)}
	}
	return texts
}

// ask returns the results in the order of the texts, and what was calibrated.
func ask(t *testing.T, a Answerer, texts []textmodel.Text) (results []Result, calibrations []Calibration) {
	t.Helper()
	results = make([]Result, len(texts))
	err := a.Classify(t.Context(), slices.Values(texts), Run{Workers: 2,
		OnResult:     func(r Result) { results[r.Index] = r },
		OnCalibrated: func(c Calibration) { calibrations = append(calibrations, c) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return results, calibrations
}

var topics = Options{Labels: []string{"price", "it was a gift for my brother who lives far away"}}

func TestFastAnswersAsExactWhereItCounts(t *testing.T) {
	for name, o := range map[string]Options{
		"single": topics,
		"multi":  {Labels: topics.Labels, MultiLabel: true},
		"one":    {Labels: topics.Labels[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			source := twins(t)
			texts := reviews(t, 1500)
			want, _ := ask(t, opened(t, source, Setup{}, o), texts)
			int8, _ := ask(t, opened(t, source, Setup{Precision: Int8}, o), texts)
			fast := opened(t, source, Setup{Precision: Fast}, o)
			got, calibrations := ask(t, fast, texts)
			if len(calibrations) != 1 || fast.First != textmodel.Int8 || len(fast.Notes) > 0 {
				t.Fatalf("calibrated %v, first pass %q, notes %q", calibrations, fast.First, fast.Notes)
			}
			c := calibrations[0]
			exact, both, redone, agree := 0, 0, 0, 0
			for i, r := range got {
				switch {
				case near(r, want[i], 1e-5):
					exact++
				case !near(r, int8[i], 0):
					t.Errorf("%q: %v %v is neither the exact answer nor the quantised one", r.Text.Text, r.Labels, r.Scores)
				}
				if r.Labels[0] == want[i].Labels[0] {
					agree++
				}
				if (r.Probe != nil) != (i < SampleTexts) {
					t.Errorf("text %d: probe %v", i, r.Probe)
				}
				if p := r.Probe; p != nil {
					if p.Exact {
						both++
					}
					if p.Exact && !near(r, want[i], 1e-5) || !p.Exact && (!near(r, int8[i], 0) || p.Margin < c.Threshold) {
						t.Errorf("text %d of the sample, %+v: %v, exactly %v", i, *p, r.Scores, want[i].Scores)
					}
				}
				if i >= SampleTexts && near(r, want[i], 1e-5) && !near(r, int8[i], 0) {
					redone++
				}
			}
			if c.Sample != SampleTexts || both != c.Both || c.Pays() && both > spread+20+int(c.Redone*SampleTexts) {
				t.Errorf("%d of the sample were answered both ways; %+v", both, c)
			}
			if share := float64(agree) / float64(len(texts)); share < MinAgreement-0.004 {
				t.Errorf("%.4f of the labels are as exact; %+v", share, c)
			}
			rest := float64(len(texts) - SampleTexts)
			if share := float64(redone) / rest; c.Pays() && math.Abs(share-c.Redone) > 0.1 {
				t.Errorf("%.3f were redone; %+v", share, c)
			}
			t.Logf("%d of %d exact, %d redone, %d agree; %s", exact, len(texts), redone, agree, c)
		})
	}
}

// near tells that two results have the same labels and scores, the latter
// within tolerance.
func near(a, b Result, tolerance float64) bool {
	for i := range a.Scores {
		if math.Abs(a.Scores[i]-b.Scores[i]) > tolerance || a.Labels[i] != b.Labels[i] && a.Scores[i] != a.Scores[max(0, i-1)] {
			return false
		}
	}
	return len(a.Scores) == len(b.Scores)
}

// A sample that was broken off is taken up where it ended, and what it says is
// the same in the end.
func TestCalibrationIsResumed(t *testing.T) {
	source, texts := twins(t), reviews(t, 900)
	whole, calibrations := ask(t, opened(t, source, Setup{Precision: Fast}, topics), texts)

	var probes []Probe
	for _, r := range whole[:100] {
		probes = append(probes, *r.Probe)
	}
	resumed := opened(t, source, Setup{Precision: Fast}, topics)
	resumed.Cascade.Resume(probes)
	if _, ok := resumed.Cascade.Calibration(); ok {
		t.Error("a sample of 100 is taken for a whole one")
	}
	rest, again := ask(t, resumed, texts[100:])
	if len(again) != 1 || math.Abs(again[0].Threshold-calibrations[0].Threshold) > 1e-4 || again[0].Sample != SampleTexts {
		t.Fatalf("calibrated %+v, at one go %+v", again, calibrations)
	}
	for i, r := range rest {
		if !near(r, whole[100+i], 1e-5) {
			t.Errorf("%q: %v, at one go %v", r.Text.Text, r.Scores, whole[100+i].Scores)
		}
		if r.Probe != nil {
			probes = append(probes, *r.Probe)
		}
	}

	third := opened(t, source, Setup{Precision: Fast}, topics)
	third.Cascade.Resume(probes)
	if c, ok := third.Cascade.Calibration(); !ok || math.Abs(c.Threshold-calibrations[0].Threshold) > 1e-4 {
		t.Errorf("the whole sample gives %+v", c)
	}
	if results, again := ask(t, third, texts[300:400]); len(again) > 0 || results[0].Probe != nil {
		t.Error("a calibrated cascade calibrated again")
	}
}

func TestFewTextsAreAnsweredExactly(t *testing.T) {
	source, texts := twins(t), reviews(t, leastTexts-1)
	want, _ := ask(t, opened(t, source, Setup{}, topics), texts)
	got, calibrations := ask(t, opened(t, source, Setup{Precision: Fast}, topics), texts)
	for i := range got {
		if got[i].Probe != nil || !near(got[i], want[i], 1e-5) {
			t.Errorf("text %d: %v, want %v", i, got[i].Scores, want[i].Scores)
		}
	}
	if len(calibrations) > 0 {
		t.Error("calibrated")
	}
}

func TestFewerTextsThanASampleMakeDoForOneUntilThereAreMore(t *testing.T) {
	texts := reviews(t, SampleTexts+50)
	cascade := opened(t, twins(t), Setup{Precision: Fast}, topics).Cascade
	first, calibrations := ask(t, cascade, texts[:leastTexts])
	if len(calibrations) != 1 || calibrations[0].Sample != leastTexts || calibrations[0].Both < spread {
		t.Fatalf("calibrated %+v", calibrations)
	}
	rest, again := ask(t, cascade, texts[leastTexts:])
	if len(again) != 1 || again[0].Sample != SampleTexts || again[0].Both <= calibrations[0].Both {
		t.Errorf("calibrated %+v", again)
	}
	for i, r := range slices.Concat(first, rest) {
		if (r.Probe != nil) != (i < SampleTexts) {
			t.Errorf("text %d: probe %v", i, r.Probe)
		}
	}
}

// With labels that cannot be told apart every margin is 0.
func TestCascadeThatDoesNotPayGoesOnExactly(t *testing.T) {
	same := Options{Labels: []string{"price", "price"}}
	q := opened(t, twins(t), Setup{Precision: Fast}, same)
	texts := reviews(t, 700)
	results, calibrations := ask(t, q, texts[:400])
	if len(calibrations) != 1 || calibrations[0].Pays() || !strings.Contains(calibrations[0].String(), "would not pay") {
		t.Fatalf("%+v", calibrations)
	}
	// The quick model is out of use now.
	q.Cascade.quick = nil
	func() {
		defer func() {
			if recover() != nil {
				t.Error("the quick model was asked again")
			}
		}()
		more, _ := ask(t, q, texts[400:])
		results = append(results, more...)
	}()
	for _, r := range results {
		if r.Err != nil || r.Scores[0] != 0.5 {
			t.Errorf("%+v", r)
		}
	}
}
