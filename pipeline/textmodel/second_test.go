package textmodel

import (
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	redo := func(first [][]float32) bool { return first[0][0] > 0 }
	inSample := func(i int) bool { return i%10 < 3 } // what is asked of both there
	calls := 0
	answers := asked(t, dir, Second{
		Redo: redo, Sample: sample, Least: sample,
		OnSample: func(first, second [][][]float32) (ask []int, goOn bool) {
			if len(first) != sample || len(second) != sample {
				t.Fatalf("the sample has %d and %d texts", len(first), len(second))
			}
			for i := range second {
				if have := i%10 < calls; have != (second[i] != nil) {
					t.Errorf("call %d: text %d was asked of both: %v", calls, i, !have)
				}
			}
			for i := calls; i < sample && calls < 3; i += 10 {
				ask = append(ask, i)
			}
			calls++
			return ask, true
		},
	}, stream(t, n, true))
	if len(answers) != n || calls != 4 {
		t.Fatalf("%d answers to %d texts, OnSample came %d times", len(answers), n, calls)
	}
	task := asks(exact, nil)
	both, redone := 0, 0
	for i, a := range answers {
		if a.Index != i || a.Err != nil || a.Sampled != (i < sample) {
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
		wantBoth := i < sample && inSample(i) || i >= sample && redo(first)
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
	if redone < 5 || both == n || both < 30 {
		t.Errorf("%d texts were asked of both, %d of those looked at", both, redone)
	}
}

func TestStreamWithinTheSampleMakesDoWithWhatThereIs(t *testing.T) {
	for _, test := range []struct{ texts, learnt int }{{99, 0}, {100, 100}, {150, 150}} {
		sizes := []int{}
		answers := asked(t, twins(t), Second{
			Sample: 200, Least: 100, Redo: func([][]float32) bool { t.Error("asked whether to redo"); return true },
			OnSample: func(first, _ [][][]float32) ([]int, bool) { sizes = append(sizes, len(first)); return nil, true },
		}, stream(t, test.texts, true))
		for _, a := range answers {
			if a.First != nil || a.Err != nil || a.Sampled != (test.learnt > 0) {
				t.Errorf("%d texts: %+v", test.texts, a)
			}
		}
		if len(answers) != test.texts || (test.learnt > 0) != slices.Equal(sizes, []int{test.learnt}) {
			t.Errorf("%d answers to %d texts, samples of %v", len(answers), test.texts, sizes)
		}
	}
}

func TestSampleMayEndTheFirstModelsPart(t *testing.T) {
	answers := asked(t, twins(t), Second{
		Sample: 64, Redo: func([][]float32) bool { return false },
		OnSample: func([][][]float32, [][][]float32) ([]int, bool) { return nil, false },
	}, stream(t, 1200, true))
	exact := openAt(t, twins(t), Exact)
	task := asks(exact, nil)
	for _, a := range answers {
		if a.First != nil || a.Sampled != (a.Index < 64) {
			t.Errorf("text %d: %+v", a.Index, a)
		}
		if a.Index%97 == 96 {
			rows, _ := task.Encode(a.Text.Text)
			if want := logits(t, exact, rows); !near(a.Logits[0], want[0], 1e-4) {
				t.Errorf("text %d: %v, want the second model's %v", a.Index, a.Logits[0], want[0])
			}
		}
	}
	if len(answers) != 1200 {
		t.Errorf("%d answers", len(answers))
	}
}

// Copies of a text whose answer is held must not wait without end.
func TestTextOfTheSampleThatComesOftenIsAnswered(t *testing.T) {
	read, answered, most, sampled, both := 0, 0, 0, 0, 0
	var mu sync.Mutex
	task := Task{Model: openAt(t, twins(t), Int8), Workers: 2, OnAnswer: func(a Answer) {
		mu.Lock()
		defer mu.Unlock()
		answered++
		if a.Sampled {
			sampled++
			if a.First != nil {
				both++
			}
		}
	}}
	task.Encode = asks(task.Model, nil).Encode
	task.Second = &Second{Model: openAt(t, twins(t), Exact), Sample: 10, Redo: func([][]float32) bool { return false },
		OnSample: func(first, second [][][]float32) ([]int, bool) {
			if len(first) != 10 || second[2] == nil || second[3] != nil {
				t.Errorf("a sample of %d, second answers %v", len(first), second)
			}
			return nil, true
		}}
	err := task.Run(t.Context(), func(yield func(Text) bool) {
		for i := range 3*maxWaiting + 10 {
			mu.Lock()
			most = max(most, read-answered)
			mu.Unlock()
			read++
			text := i % 3
			if i > 3*maxWaiting {
				text = i
			}
			if !yield(Text{Text: fmt.Sprint("text ", text)}) {
				return
			}
		}
	})
	if err != nil || answered != read || most > maxWaiting+1 || sampled != 10 || both != 3 {
		t.Errorf("%v; %d of %d answered, %d waited at once, %d sampled, %d of both", err, answered, read, most, sampled, both)
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
