package sentiment

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"willbuy/pipeline/textmodel"
	"willbuy/pipeline/zeroshot"
)

// tiny is the folder of random models and Hugging Face's answers on them, both
// built by testdata/tiny/make.py.
const tiny = "../../testdata/tiny"

func openTiny(t *testing.T, name string) *textmodel.Model {
	t.Helper()
	m, err := textmodel.Open(textmodel.Directory(filepath.Join(tiny, name)), textmodel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(tiny, name))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// score returns the results in the order of the texts.
func score(t *testing.T, e Engine, texts ...string) []Result {
	t.Helper()
	var stream []textmodel.Text
	for _, text := range texts {
		stream = append(stream, textmodel.Text{Text: text})
	}
	results := make([]Result, len(texts))
	err := e.Score(t.Context(), slices.Values(stream), Run{Workers: 2, OnResult: func(r Result) { results[r.Index] = r }})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestClassesScoreHuggingFacesProbabilities(t *testing.T) {
	var texts []string
	readJSON(t, "texts.json", &texts)
	var goldens map[string][]map[string]float64
	readJSON(t, "sentiment.json", &goldens)
	for name, meanings := range map[string]map[string]struct {
		value float64
		label string
	}{
		"stars": {"1 star": {-1, Negative}, "2 stars": {-0.5, Negative}, "3 stars": {0, Neutral}, "4 stars": {0.5, Positive}, "5 stars": {1, Positive}},
		"tones": {"Positive": {1, Positive}, "neutral": {0, Neutral}, "negative": {-1, Negative}},
	} {
		engine, err := ForModel(openTiny(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range score(t, engine, texts...) {
			want, best, label := 0.0, 0.0, ""
			for class, p := range goldens[name][i] {
				want += p * meanings[class].value
				if p > best {
					best, label = p, meanings[class].label
				}
			}
			if r.Err != nil || math.Abs(r.Score-want) > 1e-4 || r.Label != label {
				t.Errorf("%s on %q: %v %s (%v), want %v %s", name, texts[i], r.Score, r.Label, r.Err, want, label)
			}
		}
	}
}

// renamed is a tiny model whose classes have other names.
func renamed(t *testing.T, names ...string) (*textmodel.Model, error) {
	t.Helper()
	source := "stars"
	if len(names) == 3 {
		source = "tones"
	}
	dir := filepath.Join(tiny, source)
	files := fstest.MapFS{}
	for _, file := range []string{"tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		files[file] = &fstest.MapFile{Data: data}
	}
	id2label := map[int]string{}
	for id, name := range names {
		id2label[id] = name
	}
	config, err := json.Marshal(map[string]any{"id2label": id2label})
	if err != nil {
		t.Fatal(err)
	}
	files["config.json"] = &fstest.MapFile{Data: config}
	return textmodel.Open(textmodel.Files(files), textmodel.Options{})
}

func TestClassNamesAreReadOrRefused(t *testing.T) {
	for _, test := range []struct {
		names  []string
		values []float64
		err    string
	}{
		{[]string{"NEG", "NEU", "POS"}, []float64{-1, 0, 1}, ""},
		{[]string{"positive", "mixed", "negative"}, []float64{1, 0.5, -1}, ""},
		{[]string{"1", "2", "3", "4", "5"}, []float64{-1, -0.5, 0, 0.5, 1}, ""},
		{[]string{"5_stars", "4_stars", "3_stars", "2_stars", "1_star"}, []float64{1, 0.5, 0, -0.5, -1}, ""},
		{[]string{"Very Negative", "Negative", "Neutral", "Positive", "Very Positive"}, []float64{-1, -0.5, 0, 0.5, 1}, ""},
		{[]string{"extremely_positive", "positive", "neutral", "extremely_negative", "negative"}, []float64{1, 0.5, 0, -1, -0.5}, ""},
		{[]string{"LABEL_0", "LABEL_1", "LABEL_2"}, nil, `"LABEL_0" says neither a sentiment nor a number of stars`},
		{[]string{"LABEL_0", "LABEL_1", "LABEL_2"}, nil, `"id2label": {"0": "negative"`},
		{[]string{"0", "1", "2", "3", "4"}, nil, `"0" says neither`},
		{[]string{"very neutral", "positive", "negative"}, nil, `"very neutral" says neither`},
		{[]string{"pos", "Positive", "negative"}, nil, `"pos" and "Positive" mean the same`},
		{[]string{"very positive", "positive", "negative"}, nil, "do not reach from negative to positive"},
		{[]string{"joy", "anger", "fear"}, nil, "config.json"},
		{[]string{"neutral", "mixed", "positive"}, nil, "do not reach from negative to positive"},
	} {
		m, err := renamed(t, test.names...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewClasses(m)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: %v", test.names, err)
			}
		} else if err != nil || !slices.Equal(c.values, test.values) {
			t.Errorf("%q: %v, want the values %v", test.names, err, test.values)
		}
		m.Close()
	}
}

func TestTwoClassesAndNoneAreReadOrRefused(t *testing.T) {
	if values, labels, err := meanings([]string{"NEGATIVE", "POSITIVE"}); err != nil || !slices.Equal(values, []float64{-1, 1}) || !slices.Equal(labels, []string{Negative, Positive}) {
		t.Errorf("two classes: %v, %v, %v", values, labels, err)
	}
	if _, _, err := meanings([]string{"positive"}); err == nil || !strings.Contains(err.Error(), "do not reach") {
		t.Errorf("one class: %v", err)
	}
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "LABEL_" + strings.Repeat("9", 100)
	}
	if _, _, err := meanings(many); err == nil || len(err.Error()) > 2000 {
		t.Errorf("ten thousand classes: a sentence of %d bytes", len(err.Error()))
	}
}

func TestZeroShotScoreIsTheDifferenceOfTheHypotheses(t *testing.T) {
	var texts []string
	readJSON(t, "texts.json", &texts)
	m := openTiny(t, "nli")
	for _, h := range []Hypotheses{
		{},
		{Positive: "Das ist ein Lob.", Negative: "Das ist ein Tadel."},
		{Neutral: "The sentiment of this review is neutral."},
	} {
		engine, err := NewZeroShot(m, h)
		if err != nil {
			t.Fatal(err)
		}
		positive, negative := engine.hypotheses.Positive, engine.hypotheses.Negative
		labels := []string{positive, negative}
		if h.Neutral != "" {
			labels = append(labels, h.Neutral)
		}
		classifier, err := zeroshot.New(m, zeroshot.Options{Labels: labels, Template: "{}"})
		if err != nil {
			t.Fatal(err)
		}
		var stream []textmodel.Text
		for _, text := range texts {
			stream = append(stream, textmodel.Text{Text: text})
		}
		want := make([]float64, len(texts))
		top := make([]string, len(texts))
		err = classifier.Classify(t.Context(), slices.Values(stream), zeroshot.Run{OnResult: func(r zeroshot.Result) {
			want[r.Index] = r.Scores[slices.Index(r.Labels, positive)] - r.Scores[slices.Index(r.Labels, negative)]
			top[r.Index] = map[string]string{positive: Positive, negative: Negative, h.Neutral: Neutral}[r.Labels[0]]
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range score(t, engine, texts...) {
			if h.Neutral == "" && math.Abs(want[i]) < neutralBand {
				top[i] = Neutral
			}
			if r.Err != nil || math.Abs(r.Score-want[i]) > 1e-5 || r.Label != top[i] || math.Abs(r.Score) > 1 {
				t.Errorf("%q: %v %s (%v), want %v %s", texts[i], r.Score, r.Label, r.Err, want[i], top[i])
			}
		}
	}
	if _, err := NewZeroShot(m, Hypotheses{Positive: "Good.", Negative: "Good."}); err == nil {
		t.Error("one sentence for two sentiments is taken")
	}
}

func TestModelDecidesItsEngine(t *testing.T) {
	if e, err := ForModel(openTiny(t, "nli-reversed")); err != nil {
		t.Error(err)
	} else if _, ok := e.(*ZeroShot); !ok {
		t.Errorf("an inference model gets %T", e)
	}
}

// The scores are those of the vaderSentiment package (Python, 3.3.2) on
// examples of its README.
func TestVADERScoresAsItsAuthors(t *testing.T) {
	examples := []struct {
		text  string
		score float64
		label string
	}{
		{"VADER is smart, handsome, and funny.", 0.8316, Positive},
		{"VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342, Positive},
		{"VADER is not smart, handsome, nor funny.", -0.7424, Negative},
		{"At least it isn't a horrible book.", 0.431, Positive},
		{"The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042, Negative},
		{"The book was only kind of good.", 0.3832, Positive},
		{"Today only kinda sux! But I'll get by, lol", 0.5249, Positive},
		{"The parcel has a label.", 0, Neutral},
	}
	var texts []string
	for _, e := range examples {
		texts = append(texts, e.text)
	}
	for i, r := range score(t, NewVADER(), texts...) {
		if r.Err != nil || math.Abs(r.Score-examples[i].score) > 1e-4 || r.Label != examples[i].label {
			t.Errorf("%q: %v %s (%v), want %v %s", r.Text.Text, r.Score, r.Label, r.Err, examples[i].score, examples[i].label)
		}
	}
}

func TestEmptyTextAndCancelAreSaidByEveryEngine(t *testing.T) {
	for name, open := range map[string]func() (Engine, error){
		"zero-shot": func() (Engine, error) { return ForModel(openTiny(t, "nli")) },
		"classes":   func() (Engine, error) { return ForModel(openTiny(t, "stars")) },
		"VADER":     func() (Engine, error) { return NewVADER(), nil },
	} {
		engine, err := open()
		if err != nil {
			t.Fatal(err)
		}
		results := score(t, engine, "fine", "", "fine")
		if results[0].Err != nil || results[1].Err == nil || results[2].Err != nil || results[0].Score != results[2].Score {
			t.Errorf("%s: %+v", name, results)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err = engine.Score(ctx, slices.Values([]textmodel.Text{{Text: "fine"}}), Run{OnResult: func(Result) {}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s under a cancelled context: %v", name, err)
		}
	}
}

func TestNumberIsTheLabsMapping(t *testing.T) {
	for label, want := range map[string]float64{"positive": 1, "NEGATIVE": -1, " neutral ": 0, "Mixed": 0.5} {
		if got, ok := Number(label); !ok || got != want {
			t.Errorf("%q: %v, %v", label, got, ok)
		}
	}
	if _, ok := Number("unknown"); ok {
		t.Error("unknown has a number")
	}
}
