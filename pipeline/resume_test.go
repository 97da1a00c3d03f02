package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"willbuy/store/duck"
	"willbuy/store/filelock"
)

// stopAt runs a lab and cancels the run at the nth event of a kind in a step.
func stopAt(t *testing.T, w *Workspace, step string, kind Kind, n int) (Outcome, []Event, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stopped time.Time
	var events []Event
	outcome, err := w.Run(ctx, Request{Steps: tabled}, func(e Event) {
		events = append(events, e)
		if e.Step == step && e.Kind == kind {
			if n--; n == 0 {
				stopped = time.Now()
				cancel()
			}
		}
	})
	if stopped.IsZero() {
		t.Fatalf("%s sent no such %s", step, kind)
	}
	if !errors.Is(err, context.Canceled) || outcome.Status != "interrupted" {
		t.Errorf("stopping %s gave %+v, %v", step, outcome, err)
	}
	return outcome, events, time.Since(stopped)
}

func TestAStoppedRunGoesOnInsideTheStep(t *testing.T) {
	finishedDir, err := finished()
	if err != nil {
		t.Fatal(err)
	}
	w := emptyLab(t)
	for _, test := range []struct {
		step string
		kind Kind
		n    int
	}{
		{"setup", KindProgress, 1}, {"read", KindStepStarted, 1}, {"parse", KindStepStarted, 1},
		{"quality", KindWorker, 3}, {"sentiment", KindWorker, 2}, {"train", KindCurve, 2}, {"explain", KindProgress, 1},
	} {
		_, _, took := stopAt(t, w, test.step, test.kind, test.n)
		if took > time.Second {
			t.Errorf("%s took %v to stop", test.step, took)
		}
		if s := assess(t, w).Step(test.step); s.Status != Interrupted || s.Hint == "" {
			t.Errorf("the stopped step %s is %s, hint %q", test.step, s.Status, s.Hint)
		}
	}
	_, events := run(t, w, Request{Steps: tabled})
	if got := body[StepStarted](t, events, "read", KindStepStarted); len(got) > 0 {
		t.Error("a step that was done before the stop ran again")
	}
	sameTables(t, tables(t, w), tables(t, openLab(t, copyOf(t, finishedDir))))
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestTextsThatWereAnsweredAreNotAskedAgain(t *testing.T) {
	w := newLab(t)
	set(t, w, "quality.template=This review is {}.", "cluster.workers=1")
	_, events, _ := stopAt(t, w, "quality", KindWorker, 4)
	answered := lastProgress(t, events, "quality").Done
	_, events = run(t, w, Request{To: "quality"})
	if kept := firstWith(body[Progress](t, events, "quality", KindProgress), "reviews"); answered == 0 || kept.Done < answered || kept.Done >= kept.Total {
		t.Errorf("after a stop at %d texts the next run began at %d of %d", answered, kept.Done, kept.Total)
	}
	if !logged(t, events, "quality", "texts were scored before: their scores are kept") {
		t.Error("the log does not say so")
	}
	// Another question and back again: nothing is asked at all.
	set(t, w, "quality.template="+valueByDefault("quality", "template"))
	_, events = run(t, w, Request{To: "quality"})
	if first := firstWith(body[Progress](t, events, "quality", KindProgress), "reviews"); first.Done != first.Total {
		t.Errorf("a question that was asked before began at %d of %d", first.Done, first.Total)
	}
}

func lastProgress(t *testing.T, events []Event, step string) Progress {
	t.Helper()
	all := body[Progress](t, events, step, KindProgress)
	if len(all) == 0 {
		t.Fatalf("%s made no progress", step)
	}
	return all[len(all)-1]
}

func TestAKilledRunEndsInTheTablesOfOneThatWasNot(t *testing.T) {
	want := tables(t, newLab(t))
	w := emptyLab(t)
	for _, moment := range []string{"setup step.progress", "read step.started", "parse step.finished", "quality worker", "quality table",
		"save step.started", "sentiment worker", "join step.started", "encode step.finished", "train curve", "register step.started",
		"register table", "explain check"} {
		child, lines := startChild(t, w.Dir)
		for lines.Scan() && lines.Text() != moment {
		}
		if lines.Err() != nil || lines.Text() != moment {
			t.Fatalf("the child never came to %q", moment)
		}
		if err := child.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		child.Wait()
		state := assess(t, w)
		step, _, _ := strings.Cut(moment, " ")
		if s := state.Step(step).Status; s != Interrupted && s != Done {
			t.Errorf("killed at %q, the step is %s", moment, s)
		}
	}
	run(t, w, Request{Steps: tabled})
	sameTables(t, tables(t, w), want)
	if versions, _ := filepath.Glob(filepath.Join(w.ModelsDir(), "*", "V*")); len(versions) != 1 {
		t.Errorf("the registry has %v", versions)
	}
}

// cutLog ends the log of the only run before the first event of a kind in a
// step, as a crash at that moment would have.
func cutLog(t *testing.T, w *Workspace, step string, kind Kind) {
	t.Helper()
	runs, err := w.Runs()
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	path := filepath.Join(w.runsDir(), runs[0], "events.jsonl")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(log, fmt.Appendf(nil, `"step":%q,"kind":%q`, step, kind))
	if at < 0 {
		t.Fatalf("the log has no %s of %s", kind, step)
	}
	if err := os.WriteFile(path, log[:bytes.LastIndexByte(log[:at], '\n')+1], 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheStoreCompletesALogThatACrashCutOff(t *testing.T) {
	w := newLab(t)
	want := assess(t, w).Step("train").Result
	cutLog(t, w, "train", KindStepFinished)
	if s := assess(t, w).Step("train"); s.Status != Interrupted {
		t.Errorf("before the run train is %s", s.Status)
	}
	_, events := run(t, w, Request{})
	if curves := body[Curve](t, events, "train", KindCurve); len(curves) > 0 {
		t.Error("train ran again although its tables were committed")
	}
	if !logged(t, events, "train", "Committed by run") {
		t.Error("the log does not say whence the result comes")
	}
	state := assess(t, w)
	if s := state.Step("train"); s.Status != Done || s.Result.Summary != want.Summary || s.Result.Seconds != want.Seconds {
		t.Errorf("train is %s: %+v", s.Status, s.Result)
	}
	if outcome, _ := run(t, w, Request{}); outcome.Status != "nothing" {
		t.Errorf("the run after that was %+v", outcome)
	}
}

func TestALogThatSaysMoreThanTheStoreIsNotBelieved(t *testing.T) {
	// A step began anew, for another eta, and was killed before its log was on
	// disk; then eta was set back. The log says done, the table is another's.
	w := newLab(t)
	cutAll := copyOf(t, w.runsDir())
	set(t, w, "train.eta=0.3")
	run(t, w, Request{To: "train"})
	if err := os.RemoveAll(w.runsDir()); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(w.runsDir(), os.DirFS(cutAll)); err != nil {
		t.Fatal(err)
	}
	set(t, w, "train.eta=0.1")
	run(t, w, Request{})
	sameTables(t, tables(t, w), tables(t, newLab(t)))
}

func TestARunWaitsForTheOtherAndSaysForWhom(t *testing.T) {
	w := newLab(t)
	other, err := filelock.Acquire(t.Context(), filepath.Join(w.Dir, "run.lock"), true, "willbuy run --all", nil)
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := w.Run(t.Context(), Request{Waiting: func(holder string) { waits <- holder }}, nil)
		ended <- err
	}()
	select {
	case holder := <-waits:
		if want := fmt.Sprintf("willbuy run --all (process %d)", os.Getpid()); holder != want {
			t.Errorf("it waits for %q, want %q", holder, want)
		}
	case <-time.After(soon):
		t.Fatal("it does not wait")
	}
	if err := other.Release(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Fatal("it waits on although the other is gone")
	}
}

func TestWaitingForTheFileEndsWithTheContext(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	other, err := filelock.Acquire(t.Context(), filepath.Join(w.Dir, "lab.lock"), true, "a grid", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	view, forget := context.WithCancel(t.Context()) // a view asks first, and does not give up
	asked := make(chan struct{})
	go func() {
		rows, err := w.Store.Query(view, "SELECT 1")
		if err == nil {
			rows.Close()
		}
		close(asked)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := w.Run(ctx, Request{}, nil)
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the run ended with %v", err)
		}
	case <-time.After(soon):
		t.Fatal("the run did not stop while another process had the file")
	}
	forget()
	<-asked
}

func TestReadersNeverWait(t *testing.T) {
	w := newLab(t)
	for _, name := range []string{"run.lock", "lab.lock"} {
		other, err := filelock.Acquire(t.Context(), filepath.Join(w.Dir, name), true, "somebody", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Release()
	}
	s := duck.New(w.Dir, duck.Options{ReadOnly: true, Waiting: func(p filelock.Process) { t.Errorf("it waits for %s", p) }})
	defer s.Close()
	reader, err := OpenWorkspace(w.Dir, s)
	if err != nil {
		t.Fatal(err)
	}
	state := assess(t, reader)
	if got := state.Step("explain").Status; got != Done {
		t.Errorf("explain is %s", got)
	}
	if _, err := reader.Jobs(); err != nil {
		t.Error(err)
	}
}

func TestTwoProcessesTakeTurns(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	a, fromA := startChild(t, w.Dir)
	b, fromB := startChild(t, w.Dir)
	trained := 0
	for fromA.Scan() {
		trained += strings.Count(fromA.Text(), "train step.finished")
	}
	for fromB.Scan() {
		trained += strings.Count(fromB.Text(), "train step.finished")
	}
	if err := errors.Join(a.Wait(), b.Wait()); err != nil {
		t.Error(err)
	}
	if trained != 1 {
		t.Errorf("train ran %d times", trained)
	}
	if outcome, _ := run(t, w, Request{Steps: tabled}); outcome.Status != "nothing" {
		t.Errorf("after both there was work left: %+v", outcome)
	}
}

func TestAKilledProcessIsInterruptedAndALivingOneRuns(t *testing.T) {
	w := newLab(t)
	set(t, w, "quality.template=It is {}.")
	child, lines := startChild(t, w.Dir)
	for lines.Scan() && lines.Text() != "quality worker" {
	}
	if err := child.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	state := assess(t, w)
	if s := state.Step("quality").Status; s != Running {
		t.Errorf("while its process lives quality is %s", s)
	}
	if run := state.Runs[len(state.Runs)-1]; run.End != nil || !w.Alive(run.ID) {
		t.Errorf("the run is %+v", run)
	}
	child.Process.Kill()
	child.Wait()
	if s := assess(t, w).Step("quality").Status; s != Interrupted {
		t.Errorf("when its process is gone quality is %s", s)
	}
}
