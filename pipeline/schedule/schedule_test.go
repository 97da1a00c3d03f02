package schedule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// deployed is a schedule with a graph that was deployed and resumed on
// 22 November 2026 at 10:00.
func deployed(t *testing.T, g Graph) (*Schedule, *clockwork.FakeClock) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	s := Open(filepath.Join(t.TempDir(), "dag"), clock)
	_, err := s.Deploy(g)
	must(t, err)
	must(t, s.Resume())
	return s, clock
}

// steps is an engine whose nodes take a minute and fail where told to.
type steps struct {
	clock *clockwork.FakeClock
	fail  string
	ran   []string
}

var errBroken = errors.New("model not found")

func (e *steps) exec(_ context.Context, n Node) (string, error) {
	e.clock.Advance(time.Minute)
	e.ran = append(e.ran, n.Name)
	if n.Name == e.fail {
		return "run-" + n.Name, errBroken
	}
	return "run-" + n.Name, nil
}

// states writes a run as "STATE node=STATE …".
func states(r GraphRun) string {
	text := string(r.State)
	for _, n := range r.Nodes {
		text += fmt.Sprintf(" %s=%s", n.Name, n.State)
	}
	return text
}

func TestRunIsInTheHistoryAsItHappened(t *testing.T) {
	s, clock := deployed(t, lab)
	start := clock.Now()
	run, err := s.Run(t.Context(), (&steps{clock: clock}).exec)
	must(t, err)
	if got := states(run); got != "SUCCEEDED setup=SUCCEEDED refresh_reviews=SUCCEEDED update_sentiment=SUCCEEDED retrain_model=SUCCEEDED" {
		t.Error(got)
	}
	if run.Cause != ByHand || !run.Started.Equal(start) || run.Ended.Sub(start) != 4*time.Minute {
		t.Errorf("%s from %s to %s", run.Cause, run.Started, run.Ended)
	}
	want := NodeRun{Name: "refresh_reviews", State: Succeeded, Run: "run-refresh_reviews", Started: start.Add(time.Minute), Ended: start.Add(2 * time.Minute)}
	if run.Nodes[1] != want {
		t.Errorf("got %+v, want %+v", run.Nodes[1], want)
	}
	history, err := s.History()
	must(t, err)
	if len(history) != 1 || !reflect.DeepEqual(history[0], run) {
		t.Errorf("history %+v\nrun %+v", history, run)
	}
}

func TestFailureSkipsWhatComesAfterIt(t *testing.T) {
	s, clock := deployed(t, graph("a", "b:a", "c:b", "d:a", "e:c,d"))
	run, err := s.Run(t.Context(), (&steps{clock: clock, fail: "b"}).exec)
	if !errors.Is(err, errBroken) || run.Error != "node b: model not found" {
		t.Errorf("error %v, recorded %q", err, run.Error)
	}
	if got := states(run); got != "FAILED a=SUCCEEDED b=FAILED c=SKIPPED d=SUCCEEDED e=SKIPPED" {
		t.Error(got)
	}
	if run.Nodes[2].Error != "b is FAILED" || run.Nodes[1].Run != "run-b" {
		t.Errorf("%+v", run.Nodes)
	}
}

func TestRetryRepeatsOnlyWhatDidNotSucceed(t *testing.T) {
	s, clock := deployed(t, graph("a", "b:a", "c:b", "d:a"))
	engine := &steps{clock: clock, fail: "b"}
	first, _ := s.Run(t.Context(), engine.exec)

	engine.ran = nil
	if _, err := s.RetryLast(t.Context(), engine.exec); !errors.Is(err, errBroken) {
		t.Errorf("a retry that fails again: %v", err)
	}
	engine.fail = ""
	run, err := s.RetryLast(t.Context(), engine.exec)
	must(t, err)
	if got := strings.Join(engine.ran, " "); got != "b b c" {
		t.Errorf("the two retries ran %s", got)
	}
	if got := states(run); run.Cause != ByRetry || got != "SUCCEEDED a=SUCCEEDED b=SUCCEEDED c=SUCCEEDED d=SUCCEEDED" {
		t.Errorf("%s %s", run.Cause, got)
	}
	if a := run.Nodes[0]; a.KeptFrom != first.ID || a.Run != "run-a" || !a.Started.IsZero() {
		t.Errorf("the kept node: %+v", a)
	}
}

func TestRetrySaysWhyItCannot(t *testing.T) {
	s, clock := deployed(t, graph("a"))
	engine := &steps{clock: clock}
	check := func(want string) {
		t.Helper()
		if _, err := s.RetryLast(t.Context(), engine.exec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	check("has not run yet")
	_, err := s.Run(t.Context(), engine.exec)
	must(t, err)
	check("there is nothing to retry")
	engine.fail = "a"
	s.Run(t.Context(), engine.exec)
	_, err = s.Deploy(graph("a", "b"))
	must(t, err)
	check("the graph was changed")
}

func TestCancelEndsTheRun(t *testing.T) {
	s, clock := deployed(t, graph("a", "b:a", "c:b"))
	ctx, cancel := context.WithCancel(t.Context())
	run, err := s.Run(ctx, func(ctx context.Context, n Node) (string, error) {
		clock.Advance(time.Minute)
		if n.Name == "b" {
			cancel()
			return "", ctx.Err()
		}
		return "", nil
	})
	if got := states(run); !errors.Is(err, context.Canceled) || got != "CANCELLED a=SUCCEEDED b=CANCELLED c=CANCELLED" {
		t.Errorf("%s, %v", got, err)
	}
	engine := &steps{clock: clock}
	_, err = s.RetryLast(t.Context(), engine.exec)
	must(t, err)
	if got := strings.Join(engine.ran, " "); got != "b c" {
		t.Errorf("the retry ran %s", got)
	}
}

func TestRunsDoNotOverlap(t *testing.T) {
	s, clock := deployed(t, graph("a"))
	var inner error
	_, err := s.Run(t.Context(), func(ctx context.Context, n Node) (string, error) {
		_, inner = Open(s.dir, clock).Run(ctx, (&steps{clock: clock}).exec)
		if runs, err := s.History(); err != nil || len(runs) != 1 || runs[0].State != Executing {
			t.Errorf("history while executing: %+v, %v", runs, err)
		}
		return "", nil
	})
	if err != nil || !errors.Is(inner, ErrOverlap) {
		t.Errorf("outer run: %v; inner run: %v", err, inner)
	}
}

func TestAbandonedRunIsCancelledAndCanBeRetried(t *testing.T) {
	s, clock := deployed(t, graph("a", "b:a"))
	crash := errors.New("crash")
	func() {
		defer func() { recover() }() // as if the process were gone: nothing more is recorded
		s.Run(t.Context(), func(_ context.Context, n Node) (string, error) {
			if n.Name == "b" {
				panic(crash)
			}
			return "run-a", nil
		})
	}()
	runs, err := s.History()
	must(t, err)
	if got := states(runs[0]); got != "CANCELLED a=SUCCEEDED b=CANCELLED" {
		t.Errorf("after the crash: %s", got)
	}
	engine := &steps{clock: clock}
	_, err = s.RetryLast(t.Context(), engine.exec)
	must(t, err)
	runs, err = s.History()
	must(t, err)
	if len(runs) != 2 || runs[0].State != Cancelled || runs[1].State != Succeeded || len(engine.ran) != 1 {
		t.Errorf("after the retry, which ran %v: %+v", engine.ran, runs)
	}
}

func TestTornHistoryLineIsLeftBehind(t *testing.T) {
	s, clock := deployed(t, graph("a"))
	_, err := s.Run(t.Context(), (&steps{clock: clock}).exec)
	must(t, err)
	file := filepath.Join(s.dir, historyFile)
	b, err := os.ReadFile(file)
	must(t, err)
	lines := strings.SplitAfter(string(b), "\n")
	torn := strings.Join(lines[:len(lines)-2], "") + lines[len(lines)-2][:20]
	must(t, os.WriteFile(file, []byte(torn), 0o644))
	clock.Advance(time.Hour)
	_, err = s.Run(t.Context(), (&steps{clock: clock}).exec)
	must(t, err)
	runs, err := s.History()
	must(t, err)
	if len(runs) != 2 || states(runs[0]) != "CANCELLED a=SUCCEEDED" || states(runs[1]) != "SUCCEEDED a=SUCCEEDED" {
		t.Errorf("%+v", runs)
	}
}

func TestMissedRuns(t *testing.T) {
	s, clock := deployed(t, lab) // 10:00; due daily at 3:00
	engine := &steps{clock: clock}
	check := func(want string) {
		t.Helper()
		due, err := s.Missed()
		must(t, err)
		if got := due.Format(time.RFC3339); got != want && !(want == "" && due.IsZero()) {
			t.Errorf("at %s: missed %s, want %q", clock.Now(), got, want)
		}
	}
	check("")
	clock.Advance(50 * time.Hour) // 24 November, 12:00
	check("2026-11-23T03:00:00Z")
	run, err := s.CatchUp(t.Context(), engine.exec)
	must(t, err)
	if run.Cause != ByCatchUp || !run.Due.Equal(at(t, "2026-11-23T03:00:00Z")) {
		t.Errorf("caught up %+v", run)
	}
	check("")
	if _, err := s.CatchUp(t.Context(), engine.exec); err == nil {
		t.Error("caught up with nothing")
	}
	clock.Advance(24 * time.Hour)
	check("2026-11-25T03:00:00Z")
	_, err = s.Run(t.Context(), engine.exec) // by hand is as good
	must(t, err)
	check("")
	must(t, s.Suspend())
	clock.Advance(24 * time.Hour)
	check("")
	must(t, s.Resume())
	check("")
}

func TestDeployIsSuspendedAndKeepsAnUnchangedGraph(t *testing.T) {
	clock := clockwork.NewFakeClock()
	s := Open(filepath.Join(t.TempDir(), "dag"), clock)
	if _, err := s.Deployment(); !errors.Is(err, ErrNotDeployed) {
		t.Errorf("before: %v", err)
	}
	d, err := s.Deploy(lab)
	if err != nil || !d.Suspended {
		t.Errorf("deployed %+v, %v", d, err)
	}
	must(t, s.Resume())
	if d, err = s.Deploy(lab); err != nil || d.Suspended {
		t.Errorf("the same graph again: %+v, %v", d, err)
	}
	changed := lab
	changed.When = When{Minutes: 60}
	if d, err = s.Deploy(changed); err != nil || !d.Suspended {
		t.Errorf("another time: %+v, %v", d, err)
	}
	must(t, os.WriteFile(filepath.Join(s.dir, graphFile), []byte(`{"graph":{}}`), 0o644))
	if _, err := s.Deployment(); err == nil || !strings.Contains(err.Error(), "is damaged: the graph has no nodes; deploy it again") {
		t.Errorf("damaged: %v", err)
	}
	if _, err := s.Deploy(graph("a:a")); err == nil {
		t.Error("a circle was deployed")
	}
}

// looking is a schedule being served, of which a test does the looking.
func looking(s *Schedule, exec Exec, ended func(GraphRun, error)) *watch {
	return &watch{Schedule: s, exec: exec, ended: ended, seen: s.now()}
}

func TestServeRunsWhatIsDue(t *testing.T) {
	s, clock := deployed(t, graph("a"))
	changed := graph("a")
	changed.When = When{Minutes: 60}
	var runs []GraphRun
	w := looking(s, (&steps{clock: clock}).exec, func(r GraphRun, err error) { must(t, err); runs = append(runs, r) })
	lookAfter := func(d time.Duration, want int) {
		t.Helper()
		clock.Advance(d)
		w.look(t.Context())
		if len(runs) != want {
			t.Errorf("at %s: %d runs, want %d", clock.Now(), len(runs), want)
		}
	}
	lookAfter(24*time.Hour, 0) // a graph without a schedule
	_, err := s.Deploy(changed)
	must(t, err)
	lookAfter(61*time.Minute, 0) // suspended
	must(t, s.Resume())
	lookAfter(59*time.Minute, 0)
	lookAfter(time.Minute, 1)
	lookAfter(time.Minute, 1)
	lookAfter(5*time.Hour, 2) // the machine slept: one run for five due times
	if last := runs[1]; last.Cause != BySchedule || last.Due.Sub(runs[0].Due) != 5*time.Hour {
		t.Errorf("%+v", last)
	}
}

func TestServeSkipsWhatOverlaps(t *testing.T) {
	g := graph("a")
	g.When = When{Minutes: 60}
	s, clock := deployed(t, g)
	n := 0
	w := looking(s, func(context.Context, Node) (string, error) {
		clock.Advance(150 * time.Minute)
		n++
		return "", nil
	}, func(_ GraphRun, err error) { must(t, err) })
	clock.Advance(time.Hour)
	w.look(t.Context())
	w.look(t.Context())
	runs, err := s.History()
	must(t, err)
	if n != 1 || len(runs) != 2 || runs[1].State != Skipped || !runs[1].Due.Equal(at(t, "2026-11-22T13:00:00Z")) {
		t.Fatalf("%d runs, history %+v", n, runs)
	}
	if want := "run " + runs[0].ID + " was executing, also at 1 earlier due times"; runs[1].Error != want {
		t.Errorf("got %q, want %q", runs[1].Error, want)
	}

	unlock, err := s.lock() // another process runs the graph
	must(t, err)
	w.ended = func(_ GraphRun, err error) {
		if !errors.Is(err, ErrOverlap) {
			t.Errorf("got %v", err)
		}
	}
	clock.Advance(time.Hour)
	w.look(t.Context())
	unlock()
	if runs, _ = s.History(); len(runs) != 3 || runs[2].State != Skipped || n != 1 {
		t.Errorf("beside another process: %+v", runs)
	}
}

func TestServeReportsADamagedGraphOnce(t *testing.T) {
	s, clock := deployed(t, lab)
	must(t, os.WriteFile(filepath.Join(s.dir, graphFile), []byte("{"), 0o644))
	var problems []error
	w := looking(s, (&steps{clock: clock}).exec, func(_ GraphRun, err error) { problems = append(problems, err) })
	w.look(t.Context())
	w.look(t.Context())
	if len(problems) != 1 || problems[0] == nil {
		t.Errorf("reported %v", problems)
	}
}

func TestServeIsDrivenByTheClockAndEndsCleanly(t *testing.T) {
	g := graph("a")
	g.When = When{Minutes: 1}
	s, clock := deployed(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	var ended []GraphRun
	served := make(chan error)
	go func() {
		served <- s.Serve(ctx, func(ctx context.Context, n Node) (string, error) {
			close(started)
			<-ctx.Done()
			return "", ctx.Err()
		}, func(r GraphRun, _ error) { ended = append(ended, r) })
	}()
	for running := false; !running; {
		must(t, clock.BlockUntilContext(t.Context(), 1)) // gocron waits for the next look
		clock.Advance(lookEvery)
		select {
		case <-started:
			running = true
		default:
		}
	}
	cancel()
	must(t, <-served)
	if len(ended) != 1 || ended[0].State != Cancelled || ended[0].Due.Before(at(t, "2026-11-22T10:01:00Z")) {
		t.Errorf("ended %+v", ended)
	}
}

// FuzzFold reads histories from anywhere.
func FuzzFold(f *testing.F) {
	f.Add([]byte(`{"graph_run":"r","state":"EXECUTING","time":"2026-11-22T10:00:00Z"}` + "\n" + `{"graph_run":"r","node":"a","state":"SUCC`))
	f.Add([]byte("null\n[]\n\x00{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		runs := foldLines(b)
		for i, run := range runs {
			if run.ID == "" || slices.ContainsFunc(runs[:i], func(r GraphRun) bool { return r.ID == run.ID }) {
				t.Errorf("run %q is there twice or has no name", run.ID)
			}
			for _, e := range abandoned(run, time.Time{}) {
				run.apply(e)
			}
			if run.State == Executing {
				t.Errorf("run %q did not end", run.ID)
			}
		}
	})
}

func TestPeopleReadWhenInWords(t *testing.T) {
	for want, w := range map[string]When{
		"every day": {Minutes: 1440}, "every 2 days": {Minutes: 2880}, "every hour": {Minutes: 60},
		"every 6 hours": {Minutes: 360}, "every 90 minutes": {Minutes: 90}, "every minute": {Minutes: 1},
		"USING CRON 0 6 * * * Europe/Berlin": {Cron: "0 6 * * *", Zone: "Europe/Berlin"}, "on demand": {},
	} {
		if got := w.Words(); got != want {
			t.Errorf("%+v reads %q, want %q", w, got, want)
		}
	}
}
