package tui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store/filelock"
	"willbuy/views"
)

func TestTheFirstFrameWaitsForNothing(t *testing.T) {
	ws, err := pipeline.OpenWorkspace(lab(t, 4), &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(t.Context(), ws, "test", dark, true)
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if text := m.View().Content; !strings.Contains(text, "Reading what is recorded") || !strings.Contains(text, "willbuy") {
		t.Fatalf("the first frame is\n%s", text)
	}
}

func TestTheRailSaysHowEachStepStands(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.mustShow("4 of 15 done", "✓  1 Setup     done  1.5 s", "!  5 Quality        failed", "▪  6 Save          blocked", "NoDB 1.0", "run 1  failed")
	if b.step.ID != "quality" {
		t.Errorf("it opens at %s, not at the first step that is not done", b.step.ID)
	}
}

func TestANewLabMakesItsDataAndNoMore(t *testing.T) {
	var asked []pipeline.Request
	ws := must(pipeline.OpenWorkspace(t.TempDir(), &noStore{}))
	b := &bench{t: t, model: newModel(t.Context(), ws, "test", dark, true)}
	b.newLab, b.later = true, func(time.Duration, tea.Msg) tea.Cmd { return nil }
	b.engine = func(_ context.Context, req pipeline.Request, sink func(pipeline.Event)) (pipeline.Outcome, error) {
		asked = append(asked, req)
		for i, e := range finished("setup", "print", 10) {
			sink(event(int64(i+1), "r1", e))
		}
		return pipeline.Outcome{Run: "r1", Finished: []string{"setup"}}, nil
	}
	b.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.do(b.journal.look(ws))
	if len(asked) != 1 || len(asked[0].Steps) != 1 || asked[0].Steps[0] != "setup" {
		t.Fatalf("it ran %+v", asked)
	}
	b.mustShow("1 Setup", "The lab's data is made. a runs all steps, n goes through them one by one.")
	if b.step.ID != "setup" {
		t.Errorf("it shows %s, not what was made", b.step.ID)
	}
}

func TestItOpensAtTheFirstStaleStep(t *testing.T) {
	dir := lab(t, 15)
	ws, err := pipeline.OpenWorkspace(dir, &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	train, _ := pipeline.FindStep("train")
	if err := ws.Set(train, "eta", "0.3"); err != nil {
		t.Fatal(err)
	}
	if b := newBench(t, dir); b.step != train {
		t.Errorf("it opens at %s", b.step.ID)
	}
}

// startRun presses a key that starts a run and gives its two ends.
func (b *bench) startRun(key string) (sink func(pipeline.Event), end func(error)) {
	b.t.Helper()
	b.engine = func(_ context.Context, _ pipeline.Request, s func(pipeline.Event)) (pipeline.Outcome, error) {
		sink = s
		return pipeline.Outcome{}, nil
	}
	_, start := b.Update(keyOf(b.t, key))
	if b.run == nil {
		b.t.Fatalf("%s started nothing: %s", key, b.note.text)
	}
	start() // the timers are none, so this is the run alone
	return sink, func(err error) { b.send(runEnded{outcome: pipeline.Outcome{Run: "r1"}, err: err}) }
}

func event(seq int64, run string, e entry) pipeline.Event {
	return pipeline.Event{V: pipeline.EventVersion, Seq: seq, Time: began, Run: run, Step: e.step, Kind: e.kind, Body: marshal(e.body)}
}

func TestARunIsFollowedToItsEnd(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.press("3")
	sink, end := b.startRun("a")
	b.mustShow("starting")
	sink(event(1, "r1", entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}}))
	sink(event(2, "r1", entry{"setup", pipeline.KindStepStarted, pipeline.StepStarted{}}))
	sink(event(3, "r1", entry{"setup", pipeline.KindProgress, pipeline.Progress{Done: 30, Total: 120, Unit: "rows"}}))
	b.mustShow("starting") // nothing moves before the tick
	b.send(drainTick{})
	b.mustShow("▶ run 1  Setup 25%", "1 Setup        runs 25%")
	if b.step.ID != "setup" {
		t.Errorf("the pane shows %s while setup runs", b.step.ID)
	}
	if why := busy(b.model); why == "" {
		t.Error("a second run could be started")
	}
	for i, e := range finished("setup", fresh(t, b.ws.Dir)["setup"], 10) {
		sink(event(int64(4+i), "r1", e))
	}
	sink(event(9, "r1", entry{"", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"}}))
	end(nil)
	b.mustShow("✓  1 Setup     done  1.5 s", "run 1  done")
	if b.run != nil || b.journal.underWay() != nil {
		t.Error("the run is still under way")
	}
}

func TestWhoeverNavigatesStopsFollowing(t *testing.T) {
	b := newBench(t, t.TempDir())
	sink, _ := b.startRun("a")
	b.press("7")
	sink(event(1, "r1", entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}}))
	sink(event(2, "r1", entry{"setup", pipeline.KindStepStarted, pipeline.StepStarted{}}))
	b.send(drainTick{})
	if b.step.ID != "sentiment" {
		t.Fatalf("the run took the pane to %s", b.step.ID)
	}
	b.press("f")
	if b.step.ID != "setup" || !b.follow {
		t.Fatalf("f shows %s", b.step.ID)
	}
}

func TestEventsThatComeTwiceCountOnce(t *testing.T) {
	j := newJournal()
	for range 2 {
		j.apply([]pipeline.Event{
			event(1, "r1", entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}}),
			event(2, "r1", entry{"setup", pipeline.KindLog, pipeline.Log{Text: "once"}}),
		})
	}
	if runs, lines := len(j.shown.Runs), len(j.shown.Step("setup").Log); runs != 1 || lines != 1 {
		t.Fatalf("%d runs and %d lines, not one of each", runs, lines)
	}
}

func TestARunOfAnotherProcessShowsUpAndItsDeathToo(t *testing.T) {
	b := newBench(t, lab(t, 2))
	const other = "20261122T100000Z-0002"
	alive := filepath.Join(b.ws.Dir, "runs", other)
	if err := os.MkdirAll(alive, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := filelock.Acquire(t.Context(), filepath.Join(alive, "alive.lock"), true, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	record(t, b.ws.Dir, other, entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}},
		entry{"read", pipeline.KindStepStarted, pipeline.StepStarted{}})
	b.send(lookTick{})
	b.mustShow("▶ run 2 of another process", "▶  3 Read")
	if why := nothingToCancel(b.model); !strings.Contains(why, "another process") {
		t.Errorf("x says %q", why)
	}
	record(t, b.ws.Dir, other, entry{"read", pipeline.KindProgress, pipeline.Progress{Done: 1, Total: 2}})
	b.send(lookTick{})
	b.mustShow("runs 50%")
	lock.Release()
	b.send(lookTick{})
	b.mustShow("run 2  interrupted", "◦  3 Read      interrupted")
}

func TestQuittingAsksWhileARunIsUnderWay(t *testing.T) {
	b := newBench(t, t.TempDir())
	_, end := b.startRun("enter")
	b.press("q")
	b.mustShow("Cancel it and quit?")
	b.press("esc")
	if b.quit || b.run == nil || b.run.stopping {
		t.Fatal("esc did not stay")
	}
	b.press("q", "enter")
	if !b.run.stopping || b.quit {
		t.Fatal("the run was not asked to stop, or not waited for")
	}
	end(context.Canceled)
	if !b.quit {
		t.Fatal("the workbench stayed")
	}
}

func TestCtrlCStopsTheRunAndTwiceQuits(t *testing.T) {
	for _, m := range modes {
		b := newBench(t, lab(t, 4)).in(m)
		b.press("ctrl+c")
		if b.quit {
			t.Errorf("mode %d: one ctrl+c quits", m)
		}
		b.press("ctrl+c")
		if !b.quit {
			t.Errorf("mode %d: two ctrl+c do not quit", m)
		}
	}
	b := newBench(t, lab(t, 4))
	b.startRun("enter")
	b.press("ctrl+c")
	if !b.run.stopping {
		t.Error("ctrl+c does not cancel the run")
	}
	b.press("down", "ctrl+c")
	if b.quit {
		t.Error("ctrl+c, a key, ctrl+c quits")
	}
}

func TestAFailureIsShownAndSaidWithItsHint(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.press("]", "]")
	sink, end := b.startRun("a")
	sink(event(1, "r1", entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}}))
	sink(event(2, "r1", entry{"cluster", pipeline.KindStepStarted, pipeline.StepStarted{}}))
	sink(event(3, "r1", entry{"cluster", pipeline.KindStepFailed, pipeline.StepFailed{Status: "failed", Error: "no cores", Hint: "Buy some."}}))
	end(pipeline.Hint(errors.New("step cluster: no cores"), "Buy some."))
	b.mustShow("! no cores", "→ Buy some.", "! Cluster failed; the pane says why. r tries again.")
	if b.step.ID != "cluster" || b.tab != views.Output {
		t.Errorf("the pane shows tab %d of %s", b.tab, b.step.ID)
	}
	b.press("7")
	b.startRun("a")
	b.send(runEnded{err: pipeline.Hint(errors.New("the workspace cannot be written to"), "Choose another.")})
	b.mustShow("! the workspace cannot be written to. Choose another.")
}
