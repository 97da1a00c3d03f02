package textmodel

import (
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// twins are the exact and the quantised network of one directory.
func twins(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(tiny, "nli"))); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(tiny, "nli-int8/onnx/model_quantized.onnx"), filepath.Join(dir, "onnx/model_quantized.onnx"))
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func openAt(t *testing.T, dir string, p Precision) *Model {
	t.Helper()
	m, err := Open(Directory(dir), Options{Precision: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestPrecisionPicksTheNetwork(t *testing.T) {
	both := twins(t)
	moved := twins(t)
	if err := os.Rename(filepath.Join(moved, "onnx/model_quantized.onnx"), filepath.Join(moved, "onnx/model_int8.onnx")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dir       string
		precision Precision
		file      string
		int8      bool
	}{
		{both, "", "onnx/model.onnx", false},
		{both, Exact, "onnx/model.onnx", false},
		{both, Reduced, "onnx/model.onnx", false},
		{both, Int8, "onnx/model_quantized.onnx", true},
		{moved, Int8, "onnx/model_int8.onnx", true},
		{filepath.Join(tiny, "nli-int8"), Exact, "onnx/model_quantized.onnx", true},
		{filepath.Join(tiny, "nli-reversed"), Exact, "model.onnx", false},
	} {
		if m := openAt(t, test.dir, test.precision); m.File() != test.file || m.Int8() != test.int8 {
			t.Errorf("%s at %q runs %s, int8 %v; want %s, %v", test.dir, test.precision, m.File(), m.Int8(), test.file, test.int8)
		}
	}
	_, err := Open(Directory(filepath.Join(tiny, "nli")), Options{Precision: Int8})
	if err == nil || !strings.Contains(err.Error(), "holds no quantised network") || !strings.HasSuffix(err.Error(), "willbuy textmodel quantize ../../testdata/tiny/nli") {
		t.Error(err)
	}
	for _, o := range []Options{{Precision: "float16"}, {Provider: "tpu"}} {
		if _, err := Open(Directory(both), o); err == nil || !strings.Contains(err.Error(), "there is no ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if Directory(both).OneNetwork() || !Directory(filepath.Join(tiny, "nli-int8")).OneNetwork() || Directory(filepath.Join(tiny, "nli")).OneNetwork() {
		t.Error("OneNetwork is wrong")
	}
}

func TestFingerprintIsOfTheNetworkThatRuns(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	dir := twins(t)
	sum := func(p Precision) string {
		t.Helper()
		s, err := Directory(dir).FingerprintAt(p)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	exact, int8 := sum(Exact), sum(Int8)
	if exact == int8 || exact != sum(Reduced) || int8 != sum(Int8) {
		t.Errorf("exact %s, reduced %s, int8 %s, again %s", exact, sum(Reduced), int8, sum(Int8))
	}
	if err := os.WriteFile(filepath.Join(dir, "onnx/model_quantized.onnx"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if sum(Exact) != exact || sum(Int8) == int8 {
		t.Error("another quantised network changes the exact fingerprint, or not its own")
	}
}

// The library that tests run has no other provider; where somebody's has, the
// model runs on it and there is nothing to note.
func TestProviderThatTheLibraryLacksIsReplacedByTheCPUAndSaidSo(t *testing.T) {
	want := openTiny(t, "nli")
	for _, p := range []Provider{CUDA, CoreML, OpenVINO} {
		m, err := Open(Directory(filepath.Join(tiny, "nli")), Options{Provider: p})
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		if m.Note() != "" && !(strings.HasPrefix(m.Note(), p.String()+" ") && strings.HasSuffix(m.Note(), ": runs on the CPU")) {
			t.Errorf("the note is %q", m.Note())
		}
		rows := pairs(t, m)[:3]
		a, b := logits(t, m, rows), logits(t, want, rows)
		for i := range a {
			if !near(a[i], b[i], 1e-4) {
				t.Errorf("%s: %v, the CPU %v", p, a[i], b[i])
			}
		}
		m.Close()
	}
	m, err := Open(Directory(filepath.Join(tiny, "nli-int8")), Options{Provider: OpenVINO})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !strings.HasPrefix(m.Note(), "a quantised network answers differently on OpenVINO") {
		t.Errorf("a quantised network: %q", m.Note())
	}
}

// asked collects what a task with a second model says.
func asked(t *testing.T, dir string, second Second, texts iter.Seq[Text]) []Answer {
	t.Helper()
	second.Model = openAt(t, dir, Exact)
	var answers []Answer
	task := asks(openAt(t, dir, Int8), &answers)
	task.Second = &second
	if err := task.Run(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(answers, func(a, b Answer) int { return a.Index - b.Index })
	return answers
}

func TestSecondModelHasTheLastWordOnWhatItIsAsked(t *testing.T) {
	dir := twins(t)
	exact, quick := openAt(t, dir, Exact), openAt(t, dir, Int8)
	const n, sample = 1300, 100
	sampled := 0
	redo := func(first [][]float32) bool { return first[0][0] > 0 }
	answers := asked(t, dir, Second{
		Redo: redo, Sample: sample,
		OnSample: func() bool { sampled++; return true },
	}, stream(t, n, true))
	if len(answers) != n || sampled != 1 {
		t.Fatalf("%d answers to %d texts, OnSample came %d times", len(answers), n, sampled)
	}
	task := asks(exact, nil)
	both, redone := 0, 0
	for i, a := range answers {
		if a.Index != i || a.Err != nil {
			t.Fatalf("answer %d: %+v", i, a)
		}
		if a.First != nil {
			both++
		}
		if i%13 > 0 {
			continue
		}
		rows, _ := task.Encode(a.Text.Text)
		first, last := logits(t, quick, rows), logits(t, exact, rows)
		wantBoth := i < sample || redo(first)
		switch {
		case wantBoth != (a.First != nil):
			t.Errorf("text %d: asked of both %v, want %v", i, a.First != nil, wantBoth)
		case wantBoth:
			redone++
			if !near(a.Logits[0], last[0], 1e-4) || !near(a.Logits[1], last[1], 1e-4) || !near(a.First[0], first[0], 0) {
				t.Errorf("text %d: %v after %v, want %v after %v", i, a.Logits, a.First, last, first)
			}
		case !near(a.Logits[0], first[0], 0) || !near(a.Logits[1], first[1], 0):
			t.Errorf("text %d: %v, want the first model's %v", i, a.Logits, first)
		}
	}
	if redone < 12 || both == n || both < sample {
		t.Errorf("%d texts were asked of both, %d of those looked at", both, redone)
	}
}

func TestStreamWithinTheSampleIsAskedOfTheSecondModelAlone(t *testing.T) {
	answers := asked(t, twins(t), Second{
		Sample: 101, Redo: func([][]float32) bool { return true },
		OnSample: func() bool { t.Error("sampled"); return true },
	}, stream(t, 100, true))
	for _, a := range answers {
		if a.First != nil || a.Err != nil {
			t.Errorf("text %d was asked of the first model too (%v)", a.Index, a.Err)
		}
	}
	if len(answers) != 100 {
		t.Errorf("%d answers", len(answers))
	}
}

func TestSampleMayEndTheFirstModelsPart(t *testing.T) {
	answers := asked(t, twins(t), Second{
		Sample: 64, Redo: func([][]float32) bool { return false },
		OnSample: func() bool { return false },
	}, stream(t, 1200, true))
	for _, a := range answers {
		if (a.First != nil) != (a.Index < 64) {
			t.Errorf("text %d: asked of both %v", a.Index, a.First != nil)
		}
	}
	if len(answers) != 1200 {
		t.Errorf("%d answers", len(answers))
	}
}

func TestFailingSecondModelEndsTheTask(t *testing.T) {
	dir := twins(t)
	exact := openAt(t, dir, Exact)
	broken := *exact
	broken.inputs = append(slices.Clone(broken.inputs), inputIDs) // one too many
	var answers []Answer
	task := asks(openAt(t, dir, Int8), &answers)
	task.Second = &Second{Model: &broken, Redo: func([][]float32) bool { return true }}
	if err := task.Run(t.Context(), stream(t, 2000, true)); err == nil || !strings.Contains(err.Error(), "run the model") || len(answers) > 0 {
		t.Errorf("%d answers and %v", len(answers), err)
	}
}

// A million copies of a text must not wait in memory for a window to fill.
func TestTextThatComesOftenIsAnsweredBeforeTheWindowIsFull(t *testing.T) {
	m := openTiny(t, "nli")
	task := asks(m, nil)
	read, most := 0, 0
	var answered atomic.Int64
	task.OnAnswer = func(Answer) { answered.Add(1) }
	err := task.Run(t.Context(), func(yield func(Text) bool) {
		for i := range 100_000 {
			read++
			if i%1000 == 0 { // answers come on other goroutines
				most = max(most, read-int(answered.Load()))
			}
			if !yield(Text{Text: fmt.Sprint("text ", i%3)}) {
				return
			}
		}
	})
	if err != nil || int(answered.Load()) != read || read != 100_000 || most > maxWaiting+1000 {
		t.Errorf("%v; %d of %d answered, %d waited at once", err, answered.Load(), read, most)
	}
}

func TestAnswerThatIsNoNumberIsAskedAgain(t *testing.T) {
	nan := [][][]float32{{{float32(math.NaN())}}}
	q := &question{waiting: []Answer{{Index: 7}}}
	var got []Answer
	d := desk{onAnswer: func(a Answer) { got = append(got, a) }, second: &Second{Redo: func([][]float32) bool { return false }}}
	if n := d.deliver(batch{questions: []*question{q}}, nan); n != 0 || len(d.again.questions) != 1 {
		t.Fatalf("%d answered, %d to be asked again", n, len(d.again.questions))
	}
	d.deliver(batch{questions: []*question{q}, again: true}, nan)
	if len(got) != 1 || got[0].Err == nil || got[0].First != nil {
		t.Errorf("%+v", got)
	}
}
