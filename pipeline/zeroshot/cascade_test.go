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
			exact, redone, agree := 0, 0, 0
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
				if i < SampleTexts && !near(r, want[i], 1e-5) {
					t.Errorf("text %d of the sample is not answered exactly", i)
				}
				if i >= SampleTexts && near(r, want[i], 1e-5) && !near(r, int8[i], 0) {
					redone++
				}
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
	source, texts := twins(t), reviews(t, SampleTexts-1)
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

func TestOneNetworkMakesOnePrecision(t *testing.T) {
	lone := textmodel.Directory(filepath.Join(tiny, "nli-int8"))
	inside := textmodel.Files(os.DirFS(filepath.Join(tiny, "nli-int8")))
	texts := reviews(t, 5)
	want, _ := ask(t, opened(t, lone, Setup{Precision: Int8}, topics), texts)
	for _, test := range []struct {
		source    textmodel.Source
		precision Precision
		note      string
	}{
		{lone, Exact, "nli-int8 has a quantised network alone, so every precision is int8"},
		{lone, Fast, "nli-int8 has a quantised network alone"},
		{lone, Int8, ""},
		{inside, Exact, ""},
		{inside, Fast, "the embedded model has a quantised network alone"},
		{inside, Int8, ""},
	} {
		q := opened(t, test.source, Setup{Precision: test.precision}, topics)
		notes := strings.Join(q.Notes, "; ")
		if q.Cascade != nil || (notes == "") != (test.note == "") || !strings.Contains(notes, test.note) {
			t.Errorf("%s at %s: cascade %v, notes %q", test.source, test.precision, q.Cascade, notes)
		}
		if got, _ := ask(t, q, texts); !near(got[0], want[0], 0) {
			t.Errorf("%s at %s: %v, want %v", test.source, test.precision, got[0], want[0])
		}
	}
}

func TestWhatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	exactOnly := textmodel.Directory(filepath.Join(tiny, "nli"))
	for _, test := range []struct {
		s    Setup
		o    Options
		want string
	}{
		{Setup{Precision: Fast}, topics, "make one with: willbuy textmodel quantize "},
		{Setup{Precision: Int8}, topics, "make one with: willbuy textmodel quantize "},
		{Setup{Precision: "double"}, topics, `no precision "double"`},
		{Setup{Provider: "abacus"}, topics, `no provider "abacus"`},
		{Setup{}, Options{}, "no candidate labels"},
	} {
		if q, err := Open(exactOnly, test.s, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, %v", test.s, q, err)
		}
	}
	q := opened(t, exactOnly, Setup{Provider: textmodel.OpenVINO}, topics)
	for _, note := range q.Notes {
		if !strings.HasSuffix(note, ": runs on the CPU") {
			t.Errorf("the note is %q", note)
		}
	}
}

// With a library that has OpenVINO (see textmodel.LibraryVariable) the first
// pass is bfloat16, and no quantised network is needed.
func TestFastTakesTheShorterFloatsOfAProvider(t *testing.T) {
	source := textmodel.Directory(filepath.Join(tiny, "nli"))
	q, err := Open(source, Setup{Precision: Fast, Provider: textmodel.OpenVINO}, topics)
	if err != nil {
		if strings.Contains(err.Error(), "willbuy textmodel quantize") {
			t.Skip("this ONNX Runtime has no OpenVINO")
		}
		t.Fatal(err)
	}
	defer q.Close()
	if q.First != textmodel.Reduced || len(q.Notes) > 0 {
		t.Errorf("first pass %q, notes %q", q.First, q.Notes)
	}
	texts := reviews(t, 1000)
	want, _ := ask(t, opened(t, source, Setup{}, topics), texts)
	got, calibrations := ask(t, q, texts)
	agree := 0
	for i := range got {
		if got[i].Labels[0] == want[i].Labels[0] {
			agree++
		}
	}
	t.Logf("%d of %d labels agree; %v", agree, len(texts), calibrations)
	if len(calibrations) != 1 || float64(agree)/float64(len(texts)) < MinAgreement {
		t.Errorf("%d of %d labels agree; %v", agree, len(texts), calibrations)
	}
}
