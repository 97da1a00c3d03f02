package zeroshot

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"willbuy/pipeline/textmodel"
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

// labels reads candidate labels as the pipeline takes them: a list, or a string
// with commas.
type labels []string

func (l *labels) UnmarshalJSON(data []byte) error {
	var list string
	if json.Unmarshal(data, &list) == nil {
		*l = ParseLabels(list)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// golden is one question to the pipeline and its answers to all texts: the
// labels by falling score, as digits, and the scores in units of 1e-7.
type golden struct {
	Text       string
	Labels     labels
	Template   string
	MultiLabel bool `json:"multi_label"`
	Order      []string
	Scores     [][]float64
}

// goldens are the texts and, by model, the questions with their answers.
type goldens struct {
	Texts    []string
	Refused  []golden
	NLI      []golden `json:"nli"`
	Reversed []golden `json:"nli-reversed"`
	BART     []golden `json:"bart"`
}

func readGoldens(t *testing.T) (g goldens) {
	t.Helper()
	f, err := os.Open(filepath.Join(tiny, "zeroshot.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(unzipped).Decode(&g)
	}
	if err != nil || len(g.Texts) < 500 {
		t.Fatalf("%d texts: %v", len(g.Texts), err)
	}
	return g
}

// classify returns the results in the order of the texts.
func classify(t *testing.T, c *Classifier, texts ...string) []Result {
	t.Helper()
	var stream []textmodel.Text
	for _, text := range texts {
		stream = append(stream, textmodel.Text{Text: text})
	}
	results := make([]Result, len(texts))
	err := c.Classify(t.Context(), slices.Values(stream), Run{Workers: 2, OnResult: func(r Result) { results[r.Index] = r }})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestScoresAndOrderAreHuggingFaces(t *testing.T) {
	goldens := readGoldens(t)
	for name, questions := range map[string][]golden{"nli": goldens.NLI, "nli-reversed": goldens.Reversed, "bart": goldens.BART} {
		t.Run(name, func(t *testing.T) {
			m := openTiny(t, name)
			if len(questions) < 8 {
				t.Fatalf("%d questions", len(questions))
			}
			for _, g := range questions {
				c, err := New(m, Options{Labels: g.Labels, Template: g.Template, MultiLabel: g.MultiLabel})
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range classify(t, c, goldens.Texts...) {
					if r.Err != nil {
						if goldens.Texts[i] != "" {
							t.Errorf("%v on %q: %v", g.Labels, goldens.Texts[i], r.Err)
						}
						continue
					}
					g.compare(t, i, goldens.Texts[i], r)
				}
			}
		})
	}
}

// compare reports where an answer is not Hugging Face's.
func (g golden) compare(t *testing.T, i int, text string, r Result) {
	t.Helper()
	want := make([]float64, len(g.Scores[i]))
	for k, score := range g.Scores[i] {
		want[k] = score * 1e-7
	}
	for k := range want {
		if math.Abs(r.Scores[k]-want[k]) > 1e-4 {
			t.Errorf("%v on %q: scores %v, want %v", g.Labels, text, r.Scores, want)
			return
		}
		if label := g.Labels[g.Order[i][k]-'0']; r.Labels[k] != label && !nearTie(want, k) {
			t.Errorf("%v on %q: labels %v, want the order %s", g.Labels, text, r.Labels, g.Order[i])
			return
		}
	}
}

// nearTie tells whether a score is within 1e-5 of a neighbour but not its equal:
// their order is then a matter of rounding. Equal ones must be ordered alike.
func nearTie(scores []float64, k int) bool {
	for _, i := range []int{k - 1, k + 1} {
		if i >= 0 && i < len(scores) && scores[i] != scores[k] && math.Abs(scores[i]-scores[k]) < 1e-5 {
			return true
		}
	}
	return false
}

func TestWhatHuggingFaceRefusesIsRefused(t *testing.T) {
	m := openTiny(t, "nli")
	for _, g := range readGoldens(t).Refused {
		c, err := New(m, Options{Labels: g.Labels, Template: g.Template})
		if err == nil {
			err = classify(t, c, g.Text)[0].Err
		}
		if err == nil {
			t.Errorf("%q, labels %q, template %q: no error", g.Text, g.Labels, g.Template)
		} else {
			t.Log(err)
		}
	}
}

func TestTiesPutTheLaterLabelFirst(t *testing.T) {
	c, err := New(openTiny(t, "nli"), Options{Labels: []string{"a", "b", "a", "b", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	// Two hypotheses of equal entailment: all five labels tie.
	equal := [][]float32{{0, 0, 1}, {2, 0, 1}}
	labels, scores := c.rank(equal)
	if got := strings.Join(labels, ""); got != "ababa" || scores[0] != scores[4] {
		t.Errorf("labels %s with scores %v; want the reverse of ababa, equal", got, scores)
	}
	labels, _ = c.rank([][]float32{{0, 0, 1}, {0, 0, 3}})
	if got := strings.Join(labels, ""); got != "bbaaa" {
		t.Errorf("labels %s, want bbaaa", got)
	}
}

func TestColumnsComeFromTheConfiguration(t *testing.T) {
	for _, test := range []struct {
		label2id           string
		entail, contradict int
	}{
		{`{"contradiction":0,"neutral":1,"entailment":2}`, 2, 0},
		{`{"ENTAILMENT":0,"NEUTRAL":1,"CONTRADICTION":2}`, 0, 2},
		{`{"neutral":0,"entails":1,"contradiction":2}`, 1, 0},
		{`{"LABEL_0":0,"LABEL_1":1,"LABEL_2":2}`, 2, 0},
		{`{"entail somewhat":1,"entailment":2,"no":0}`, 1, 0},
		{`{"entailment":2,"entail somewhat":1,"no":0}`, 2, 0},
	} {
		m, err := textmodel.Open(textmodel.Files(overlay{os.DirFS(filepath.Join(tiny, "nli")), fstest.MapFS{
			"config.json": {Data: []byte(`{"id2label":{"0":"x","1":"y","2":"z"},"label2id":` + test.label2id + `}`)},
		}}), textmodel.Options{})
		if err != nil {
			t.Fatal(err)
		}
		entail, contradict := columns(m.Config())
		if entail != test.entail || contradict != test.contradict {
			t.Errorf("%s: entailment %d, contradiction %d; want %d, %d", test.label2id, entail, contradict, test.entail, test.contradict)
		}
		m.Close()
	}
}

// overlay is a file system with some files replaced.
type overlay struct {
	fs.FS
	over fstest.MapFS
}

func (o overlay) Open(name string) (fs.File, error) {
	if o.over[name] != nil {
		return o.over.Open(name)
	}
	return o.FS.Open(name)
}

func TestHypothesisWithoutRoomForATextIsRefused(t *testing.T) {
	long := strings.Repeat("very ", 200) + "good"
	_, err := New(openTiny(t, "nli"), Options{Labels: []string{"good", long}})
	if !errors.Is(err, ErrQuestion) || !strings.Contains(err.Error(), "leaves no room for a text in the model's 96; shorten the label") {
		t.Error(err)
	}
}

func TestTextThatCannotBeClassifiedLeavesTheOthers(t *testing.T) {
	c, err := New(openTiny(t, "bart"), Options{Labels: []string{"good", "bad"}})
	if err != nil {
		t.Fatal(err)
	}
	results := classify(t, c, "fine", "", "</s></s>", "\xff\xfe", " ")
	for i, r := range results {
		if (r.Err != nil) != (i == 1) {
			t.Errorf("text %d: %v", i, r.Err)
		}
		if r.Err == nil && math.Abs(r.Scores[0]+r.Scores[1]-1) > 1e-6 {
			t.Errorf("text %d: the scores are %v", i, r.Scores)
		}
	}
}

// With int8 the company a review is classified in must not change its score by
// a bit.
func TestInt8ScoreIsAFunctionOfTheReviewAlone(t *testing.T) {
	var texts []string
	readJSON(t, "texts.json", &texts)
	c, err := New(openTiny(t, "nli-int8"), Options{Labels: []string{"price", "fit", "sound"}})
	if err != nil {
		t.Fatal(err)
	}
	together := classify(t, c, texts...)
	for i, text := range texts {
		if alone := classify(t, c, text)[0]; !slices.Equal(alone.Scores, together[i].Scores) {
			t.Errorf("%q: alone %v, with others %v", text, alone.Scores, together[i].Scores)
		}
	}
}

func TestManyLabelsOnALongTextRunInPieces(t *testing.T) {
	var many []string
	for i := range 120 { // 120 rows of 96 tokens: three passes
		many = append(many, strings.Repeat("x", 1+i%7)+" "+string(rune('a'+i%26))+" "+string(rune('a'+i/26)))
	}
	m := openTiny(t, "nli")
	c, err := New(m, Options{Labels: many, MultiLabel: true})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("the battery lasts and the zip holds ", 40)
	all := classify(t, c, long)[0]
	for _, i := range []int{0, 41, 42, 43, 84, 85, 119} {
		one, err := New(m, Options{Labels: many[i : i+1]})
		if err != nil {
			t.Fatal(err)
		}
		want := classify(t, one, long)[0].Scores[0]
		if got := all.Scores[slices.Index(all.Labels, many[i])]; math.Abs(got-want) > 1e-5 {
			t.Errorf("label %d: %v among the others, %v by itself", i, got, want)
		}
	}
}

func TestClassifyEndsWithItsContext(t *testing.T) {
	c, err := New(openTiny(t, "nli"), Options{Labels: []string{"good", "bad"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = c.Classify(ctx, slices.Values([]textmodel.Text{{Text: "fine"}}), Run{OnResult: func(Result) { t.Error("a result") }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTemplateIsPythonsFormat(t *testing.T) {
	for _, test := range []struct{ template, want, err string }{
		{"This example is {}.", "This example is été.", ""},
		{"{0}, {0} and {{}}", "été, été and {}", ""},
		{"{}", "été", ""},
		{"ü{}}}", "üété}", ""},
		{"{} {}", "", "more than one {}"},
		{"{} {0}", "", "more than one {}"},
		{"{", "", "without its }"},
		{"}", "", "without its {"},
		{"{1}", "", "field {1}"},
		{"{label}", "", "field {label}"},
	} {
		got, err := format(test.template, "été")
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q: %q, %v; want %q, %q", test.template, got, err, test.want, test.err)
		}
	}
}

func TestLabelListsAreSplitAtCommas(t *testing.T) {
	for list, want := range map[string][]string{
		"a,b": {"a", "b"}, " a b ,, c,": {"a b", "c"}, " , ,": nil, "": nil,
	} {
		if got := ParseLabels(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
