package textmodel

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"willbuy/pipeline/tokenizer"
)

func newOutputs() []ort.Value { return []ort.Value{nil} }

// asks is a task that asks two rows of each text and collects the answers.
func asks(m *Model, answers *[]Answer) Task {
	return Task{
		Model: m, Workers: 2,
		Encode: func(text string) ([]tokenizer.Encoding, error) {
			if strings.HasPrefix(text, "refused") {
				return nil, errors.New("refused as asked")
			}
			tokens := m.Tokenizer().Tokens(text)
			max := m.Config().MaxTokens
			return []tokenizer.Encoding{m.Tokenizer().Single(tokens, max), m.Tokenizer().Single(append(tokens, tokens...), max)}, nil
		},
		OnAnswer: func(a Answer) { *answers = append(*answers, a) },
	}
}

// stream repeats the tiny texts, numbered so that all differ where distinct.
func stream(t *testing.T, n int, distinct bool) iter.Seq[Text] {
	all := texts(t)
	return func(yield func(Text) bool) {
		for i := range n {
			text := all[i%len(all)]
			if distinct {
				text = fmt.Sprint(text, " ", i)
			}
			if !yield(Text{ID: fmt.Sprint("r", i), Text: text}) {
				return
			}
		}
	}
}

func TestEveryTextIsAnsweredOnceWithItsOwnLogits(t *testing.T) {
	for _, name := range []string{"nli", "nli-int8", "bart"} {
		t.Run(name, func(t *testing.T) {
			m := openTiny(t, name)
			var answers []Answer
			task := asks(m, &answers)
			var last [2]Worker
			task.OnWorker = func(w Worker) { last[w.ID] = w }
			const n = 1500 // three windows
			if err := task.Run(t.Context(), stream(t, n, true)); err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(answers, func(a, b Answer) int { return a.Index - b.Index })
			if len(answers) != n {
				t.Fatalf("%d answers to %d texts", len(answers), n)
			}
			tolerance := 1e-4
			if m.Int8() {
				tolerance = 0 // a text's rows run among themselves
			}
			tokens := 0
			for i, a := range answers {
				if a.Index != i || a.ID != fmt.Sprint("r", i) || a.Err != nil || len(a.Logits) != 2 {
					t.Fatalf("answer %d: %+v", i, a)
				}
				rows, _ := task.Encode(a.Text.Text)
				tokens += len(rows[0].IDs) + len(rows[1].IDs)
				if i%25 > 0 {
					continue
				}
				alone := logits(t, m, rows)
				if !near(alone[0], a.Logits[0], tolerance) || !near(alone[1], a.Logits[1], tolerance) {
					t.Errorf("text %d: in the stream %v, alone %v", i, a.Logits, alone)
				}
			}
			sum := Worker{Texts: last[0].Texts + last[1].Texts, Rows: last[0].Rows + last[1].Rows, Tokens: last[0].Tokens + last[1].Tokens}
			if sum != (Worker{Texts: n, Rows: 2 * n, Tokens: tokens}) {
				t.Errorf("the workers counted %+v; want %d texts, %d rows, %d tokens", sum, n, 2*n, tokens)
			}
		})
	}
}

func TestIdenticalTextsAreAskedOnce(t *testing.T) {
	m := openTiny(t, "nli")
	var answers []Answer
	task := asks(m, &answers)
	asked := 0
	encode := task.Encode
	task.Encode = func(text string) ([]tokenizer.Encoding, error) {
		asked++
		return encode(text)
	}
	n := 40 * len(texts(t)) // several windows of the same texts
	if err := task.Run(t.Context(), stream(t, n, false)); err != nil {
		t.Fatal(err)
	}
	if asked != len(texts(t)) || len(answers) != n {
		t.Errorf("asked %d times, %d answers; want %d, %d", asked, len(answers), len(texts(t)), n)
	}
	byText := map[string]Answer{}
	for _, a := range answers {
		if first, seen := byText[a.Text.Text]; seen && !near(first.Logits[0], a.Logits[0], 0) {
			t.Errorf("%q is answered %v and %v", a.Text.Text, first.Logits, a.Logits)
		}
		byText[a.Text.Text] = a
	}
}

func TestTextThatCannotBeEncodedDoesNotStopTheOthers(t *testing.T) {
	m := openTiny(t, "nli")
	var answers []Answer
	all := []Text{{"a", "fine"}, {"b", "refused 1"}, {"c", "also fine"}, {"d", "refused 1"}}
	if err := asks(m, &answers).Run(t.Context(), slices.Values(all)); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if refused := strings.HasPrefix(a.Text.Text, "refused"); (a.Err != nil) != refused {
			t.Errorf("%q: %v", a.Text.Text, a.Err)
		}
	}
	if len(answers) != len(all) {
		t.Errorf("%d answers", len(answers))
	}
}

func TestCancelledTaskStopsAndSaysSo(t *testing.T) {
	m := openTiny(t, "nli")
	ctx, cancel := context.WithCancel(t.Context())
	var answers []Answer
	task := asks(m, &answers)
	task.OnAnswer = func(a Answer) {
		answers = append(answers, a)
		if len(answers) == 10 {
			cancel()
		}
	}
	var pulled atomic.Int64
	endless := func(yield func(Text) bool) {
		for i := 0; yield(Text{Text: fmt.Sprint("text ", i)}); i++ {
			pulled.Add(1)
		}
	}
	if err := task.Run(ctx, endless); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run: %v", err)
	}
	if n := pulled.Load(); n > 3*windowTexts {
		t.Errorf("%d texts were pulled for %d answers", n, len(answers))
	}
}

func TestFailingModelEndsTheTaskWithItsError(t *testing.T) {
	m := openTiny(t, "nli")
	var answers []Answer
	task := asks(m, &answers)
	task.Encode = func(string) ([]tokenizer.Encoding, error) {
		return []tokenizer.Encoding{{IDs: []int64{1 << 40}, TypeIDs: []int64{0}}}, nil
	}
	err := task.Run(t.Context(), stream(t, 5000, true))
	if err == nil || !strings.Contains(err.Error(), "run the model") || len(answers) != 0 {
		t.Errorf("%d answers and %v", len(answers), err)
	}
}

func TestBatchesKeepATextTogetherWithinTheBudget(t *testing.T) {
	question3 := func(length int) *question {
		q := &question{}
		for range 3 {
			q.rows = append(q.rows, tokenizer.Encoding{IDs: make([]int64, length)})
		}
		return q
	}
	for _, dynamic := range []bool{false, true} {
		w := window{dynamic: dynamic, budget: batchTokens}
		for i := range 200 {
			w.add(question3(1 + i*7%500))
		}
		seen := 0
		for _, b := range w.cut() {
			seen += len(b.questions)
			if len(b.questions) > 1 && (dynamic || b.rows*b.length > batchTokens) {
				t.Errorf("int8 %v: a batch of %d texts has %d rows of %d tokens", dynamic, len(b.questions), b.rows, b.length)
			}
			if b.rows != 3*len(b.questions) {
				t.Errorf("%d rows for %d texts", b.rows, len(b.questions))
			}
		}
		if seen != 200 {
			t.Errorf("%d of 200 texts are in batches", seen)
		}
	}
}
