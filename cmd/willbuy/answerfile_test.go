package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"willbuy/pipeline"
	"willbuy/pipeline/textmodel"
)

// quietCLI is a cli whose words nobody hears.
func quietCLI() (c *cli, errs *bytes.Buffer) {
	c, errs = newCLI(nil), &bytes.Buffer{}
	c.err = errs
	return c, errs
}

// numbered are n texts, of which every tenth cannot be read.
func numberedTexts(n int) iter.Seq2[text, error] {
	return func(yield func(text, error) bool) {
		for i := range n {
			t := text{id: json.RawMessage(fmt.Sprint(i + 1)), text: fmt.Sprintf("text %d", i%7)}
			if i%10 == 9 {
				t.err = errors.New("it is damaged")
			}
			if !yield(t, nil) {
				return
			}
		}
	}
}

// askFake answers texts in windows, each from its end to its beginning, and
// stops after so many answers.
func askFake(a *answerer, texts iter.Seq2[text, error], window, stopAfter int) error {
	given := 0
	return a.ask(context.Background(), texts, func(_ context.Context, part iter.Seq[textmodel.Text]) error {
		var waiting []string
		index := 0
		flush := func() error {
			for i := len(waiting) - 1; i >= 0; i-- {
				if given == stopAfter {
					return context.Canceled
				}
				given++
				a.give(index-len(waiting)+i, nil, func(id json.RawMessage) any {
					return classified{id, waiting[i], []string{"b", "a"}, []float64{0.75, 0.25}}
				}, nil)
			}
			waiting = nil
			return nil
		}
		for t := range part {
			waiting = append(waiting, t.Text)
			if index++; len(waiting) == window {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return flush()
	})
}

// answerTo runs a job of numbered texts.
func answerTo(t *testing.T, out string, q question, texts iter.Seq2[text, error], stopAfter int) (told string, err error) {
	t.Helper()
	c, errs := quietCLI()
	job := textJob{out: out, files: []string{"-"}}
	if job.shape, err = shapeFor(out, nil, nil); err != nil {
		t.Fatal(err)
	}
	columns, row := classifiedShape([]string{"a", "b"})
	job.shape.columns, job.shape.row = columns, row
	a, err := c.answerer(t.Context(), job, "classified", func() (question, error) { return q, nil })
	if err != nil {
		return errs.String(), err
	}
	defer a.close()
	err = askFake(a, texts, 8, stopAfter)
	return errs.String(), err
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStoppedAnswersGoOnToTheSameFile(t *testing.T) {
	for _, format := range []string{".jsonl", ".csv", ".parquet"} {
		dir := t.TempDir()
		calm := filepath.Join(dir, "calm"+format)
		if _, err := answerTo(t, calm, nil, numberedTexts(100), -1); err == nil || !strings.Contains(err.Error(), "10 of 100 texts could not be classified") {
			t.Fatal(err)
		}
		for _, stop := range []int{0, 1, 7, 8, 50, 89} {
			out := filepath.Join(dir, "out"+format)
			if _, err := answerTo(t, out, nil, numberedTexts(100), stop); !errors.Is(err, context.Canceled) {
				t.Fatalf("%s stopped after %d: %v", format, stop, err)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s stopped after %d: the file is there", format, stop)
			}
			told, err := answerTo(t, out, nil, numberedTexts(100), -1)
			if err == nil || !strings.Contains(err.Error(), "10 of 100 texts") {
				t.Errorf("%s stopped after %d, then: %v", format, stop, err)
			}
			if stop > 0 && !strings.Contains(told, "already answered; going on") {
				t.Errorf("%s stopped after %d, then: %q", format, stop, told)
			}
			if readFile(t, out) != readFile(t, calm) {
				t.Errorf("%s stopped after %d: another file than without", format, stop)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "out"+format+".*")); len(left) > 0 {
				t.Errorf("%s: left behind: %v", format, left)
			}
			os.Remove(out)
		}
	}
}

func TestPartThatIsCutAnywhereIsGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "a.jsonl")
	answerTo(t, out, nil, numberedTexts(30), -1)
	want := readFile(t, out)
	os.Remove(out)
	answerTo(t, out, nil, numberedTexts(30), 20)
	part := readFile(t, out+partSuffix)
	random := rand.New(rand.NewPCG(4, 0))
	for range 40 {
		cut := part[:random.IntN(len(part)+1)]
		if random.IntN(2) == 0 {
			cut += strings.Repeat("\x00", 100) // what a file system may leave after a power failure
		}
		if err := os.WriteFile(out+partSuffix, []byte(cut), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := answerTo(t, out, nil, numberedTexts(30), -1)
		if got := readFile(t, out); got != want {
			t.Fatalf("cut at %d: %v\n%s", len(cut), err, got)
		}
		os.Remove(out)
	}
}

func TestOtherQuestionsAndInputsAreRefused(t *testing.T) {
	asked := question{{Name: "labels", Value: "a,b"}, {Name: "model", Value: "m", Print: "1"}, {Name: "input", Value: "x.csv", Print: "7"}}
	with := func(i int, f fact) question {
		q := append(question(nil), asked...)
		q[i] = f
		return q
	}
	for name, c := range map[string]struct {
		question question
		texts    iter.Seq2[text, error]
		says     string
	}{
		"labels":          {with(0, fact{Name: "labels", Value: "a,c"}), numberedTexts(30), `labels: "a,b" before, "a,c" now`},
		"model":           {with(1, fact{Name: "model", Value: "m", Print: "2"}), numberedTexts(30), `model "m" has changed since`},
		"fewer inputs":    {asked[:2], numberedTexts(30), `"x.csv"`},
		"another text":    {asked, func(yield func(text, error) bool) { yield(text{id: json.RawMessage("1"), text: "other"}, nil) }, "text 1 is not the one that was answered"},
		"fewer texts":     {asked, numberedTexts(3), "it has 3 texts where there were at least 2"},
		"the same, moved": {with(1, fact{Name: "model", Value: "n", Print: "1"}), numberedTexts(30), ""},
	} {
		out := filepath.Join(t.TempDir(), "a.jsonl")
		answerTo(t, out, asked, numberedTexts(30), 19)
		before := readFile(t, out+partSuffix)
		_, err := answerTo(t, out, c.question, c.texts, -1)
		if c.says == "" {
			if err != nil && !strings.Contains(err.Error(), "could not be classified") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !pipeline.IsUsage(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(pipeline.HintOf(err), "--force") {
			t.Errorf("%s: %v", name, err)
		}
		if readFile(t, out+partSuffix) != before {
			t.Errorf("%s: the part was changed", name)
		}
	}
}

func TestPartOfSomebodyElseIsLeftAlone(t *testing.T) {
	for _, theirs := range []string{"half a film", "half a film\n", "{\"willbuy_answers\":99}\n"} {
		out := filepath.Join(t.TempDir(), "a.jsonl")
		if err := os.WriteFile(out+partSuffix, []byte(theirs), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := answerTo(t, out, nil, numberedTexts(3), -1); !pipeline.IsUsage(err) || readFile(t, out+partSuffix) != theirs {
			t.Errorf("%q: %v", theirs, err)
		}
	}
}

func TestTwoProcessesNeverWriteOneFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.jsonl")
	s, err := shapeFor(out, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := openAnswerFile(out, nil, s, false)
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	if _, err := openAnswerFile(out, nil, s, true); err == nil || !strings.Contains(err.Error(), "another willbuy") {
		t.Errorf("a second writer: %v", err)
	}
}

func TestColumnsOfAnswersHaveNamesOfTheirOwn(t *testing.T) {
	columns, row := classifiedShape([]string{"Score", "good", "GOOD", "good", "error"})
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "id sequence label score Score_2 good GOOD_2 good_3 error_2 error" {
		t.Error(got)
	}
	values, err := row(json.RawMessage(`{"id":"x","sequence":"s","labels":["good","GOOD","good","error","Score"],"scores":[5,4,3,2,1]}`))
	if fmt.Sprint(values) != "[x s good 5 1 5 4 3 2 <nil>]" || err != nil {
		t.Error(values, err)
	}
}

func TestAnswersThatWaitAreBounded(t *testing.T) {
	c, _ := quietCLI()
	p := &printer{c: c, progress: c.progress(), ready: map[int][]byte{}}
	c.out.Reset(&bytes.Buffer{})
	a := &answerer{c: c, sink: p, progress: p.progress, verb: "answered"}
	most, parts := 0, 0
	long := strings.Repeat("x", 100_000)
	err := a.ask(t.Context(), func(yield func(text, error) bool) {
		for range 1000 {
			if !yield(text{id: json.RawMessage("1"), text: long}, nil) {
				return
			}
		}
	}, func(_ context.Context, part iter.Seq[textmodel.Text]) error {
		parts++
		index := 0
		for t := range part { // the first waits, the others are known at once
			if index > 0 {
				a.give(index, nil, func(id json.RawMessage) any { return classified{ID: id, Sequence: t.Text} }, nil)
			}
			index++
			most = max(most, p.held)
		}
		a.give(0, nil, func(id json.RawMessage) any { return classified{ID: id} }, nil)
		return nil
	})
	if err != nil || p.printed != 1000 || most > maxWeight+2*len(long) || parts < 2 {
		t.Errorf("%d printed in %d parts, at most %d bytes held: %v", p.printed, parts, most, err)
	}
}

// TestKilledAnswersEndAsOthersDo kills the real program, and interrupts it.
func TestKilledAnswersEndAsOthersDo(t *testing.T) {
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 30 {
		fmt.Fprintf(&lines, "The %d. pair of shoes came after %d days and the sole of one came off within %d.\n\n", i, i%9, i%13)
	}
	if err := os.WriteFile(filepath.Join(dir, "r.txt"), []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	args := func(out string) []string {
		return []string{"classify", "--labels", "praise,complaint", "r.txt", "--out", out}
	}
	began := time.Now()
	if r := willbuy(t, dir, args("calm.csv")...); r.code != 1 || !strings.Contains(r.err, "30 of 60 texts could not be classified") || r.out != "" {
		t.Fatalf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	whole := time.Since(began)
	for _, signal := range []os.Signal{syscall.SIGKILL, os.Interrupt, syscall.SIGKILL} {
		cmd := exec.Command(program, args("out.csv")...)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(whole*time.Duration(3+rand.IntN(5))/10, func() { cmd.Process.Signal(signal) })
		cmd.Wait()
		timer.Stop()
		if code := cmd.ProcessState.ExitCode(); signal == os.Interrupt && code != 130 && code != 1 { // 1: it was done before
			t.Errorf("interrupted: exit code %d", code)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out.csv")); err != nil {
		willbuy(t, dir, args("out.csv")...)
	}
	if readFile(t, filepath.Join(dir, "out.csv")) != readFile(t, filepath.Join(dir, "calm.csv")) {
		t.Error("the file differs from that of a run that nobody disturbed")
	}
	r := willbuy(t, dir, args("out.csv")...)
	if r.code != 2 || !strings.Contains(r.err, "out.csv is there already") {
		t.Errorf("once more: exit code %d\n%s", r.code, r.err)
	}
}
