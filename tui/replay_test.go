package tui

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/testdata/demo"
)

// playing is a workbench that shows a recorded run, paused at its beginning.
func playing(t testing.TB, dir, run string) *bench {
	t.Helper()
	b := newBench(t, dir)
	b.demo = demo.Events
	b.do(b.openRun(run))
	if b.replay == nil {
		t.Fatalf("no replay of %s: %s", run, b.note.text)
	}
	b.press("space")
	b.seek(0)
	return b
}

// pass lets time pass on the wall, and the replay's tick come.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	if !b.replay.ticking {
		b.t.Fatal("no tick is arranged")
	}
	wall := b.replay.ticked.Add(d)
	b.replay.lab.now = func() time.Time { return wall }
	b.send(replayTick{})
}

func TestAReplayShowsWhatTheRunShowed(t *testing.T) {
	events, err := demo.Events()
	if err != nil {
		t.Fatal(err)
	}
	b := playing(t, t.TempDir(), DemoRun)
	live := newJournal()
	for _, n := range []int{1, 7, len(events) / 3, len(events) / 2, len(events)} {
		live.apply(events[live.fold.Events:n])
		b.seek(n)
		if !reflect.DeepEqual(b.journal.shown.Steps, live.shown.Steps) || !reflect.DeepEqual(b.journal.shown.Runs, live.shown.Runs) {
			t.Errorf("after %d events the replay differs from the run", n)
		}
		if !b.now().Equal(events[n-1].Time) {
			t.Errorf("after %d events the clock says %v, not %v", n, b.now(), events[n-1].Time)
		}
	}
	b.mustShow("15 Dashboard", "event "+fmt.Sprint(len(events)))
}

func TestSeekingBackGivesTheSameAsGoingThere(t *testing.T) {
	b := playing(t, t.TempDir(), DemoRun)
	n := len(b.replay.events)
	for _, at := range []int{0, 1, markEvery - 1, markEvery, markEvery + 1, n - 1} {
		b.seek(at)
		there := b.journal.shown.Clone()
		b.seek(n)
		b.seek(at)
		if !reflect.DeepEqual(b.journal.shown.Clone(), there) {
			t.Errorf("at event %d it is another state after coming back", at)
		}
	}
}

func TestAReplayGoesByItsClock(t *testing.T) {
	dir := lab(t, 4) // its events are a second apart
	b := playing(t, dir, firstRun)
	b.press("space")
	for i, want := range []int{1, 2, 4, 9} {
		b.pass([]time.Duration{0, time.Second, 2 * time.Second, time.Second}[i])
		if i == 2 {
			b.press("+", "+") // 5×
		}
		if b.replay.next != want {
			t.Errorf("tick %d: %d events have happened, not %d", i, b.replay.next, want)
		}
	}
	b.pass(100 * time.Millisecond)
	if got := b.now().Sub(began); got != 8500*time.Millisecond {
		t.Errorf("between two events the clock says %v", got)
	}
	b.pass(time.Hour)
	if b.replay.next != len(b.replay.events) || b.journal.shown.Step("quality").Status != pipeline.Failed {
		t.Error("it does not come to its end")
	}
	if b.replay.ticking || b.replay.playing {
		t.Error("it ticks on although all is over")
	}
}

func TestLongGapsAreShortenedAndThatIsSaid(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, firstRun, entry{"", pipeline.KindRunStarted, pipeline.RunStarted{}})
	log := finished("setup", "x", 10)
	events := []pipeline.Event{}
	for i, e := range append([]entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{}}}, log...) {
		e := event(int64(i+1), firstRun, e)
		e.Time = began.Add(time.Duration(i) * time.Minute)
		events = append(events, e)
	}
	b := newBench(t, dir)
	b.demo = func() ([]pipeline.Event, error) { return events, nil }
	b.do(b.openRun(DemoRun))
	b.pass(0)
	b.pass(time.Second)
	b.mustShow("1m00s idle, shortened", "00:30 of ")
	if b.replay.next != 1 {
		t.Errorf("half way through the gap %d events have happened", b.replay.next)
	}
	b.pass(time.Second)
	if b.replay.next != 2 {
		t.Errorf("after %v of a gap of a minute %d events have happened", idleLimit, b.replay.next)
	}
	if half := b.replay.place(b.replay.at(1 + (len(events)-1)/2)); half < 0.4 || half > 0.6 {
		t.Errorf("half of the run lies at %.2f of the scale", half)
	}
}

func TestTheKeysOfAReplayGoByEventAndByStep(t *testing.T) {
	b := playing(t, lab(t, 4), firstRun)
	first, _ := b.replay.begin(must(pipeline.FindStep("setup")))
	third, _ := b.replay.begin(must(pipeline.FindStep("read")))
	for _, c := range []struct {
		keys string
		want int
	}{
		{"right right right", 3}, {"left", 2}, {"home", 0}, {"n", first + 1}, {"n n", third + 1}, {"p", 0},
		{"end", 0}, {"home left", 0}, {"3", third + 1}, {"g 1 enter", first + 1},
	} {
		b.press(strings.Fields(c.keys)...)
		switch {
		case c.keys == "p":
			second, _ := b.replay.begin(must(pipeline.FindStep("cluster")))
			c.want = second + 1
		case c.keys == "end":
			c.want = len(b.replay.events)
		}
		if b.replay.next != c.want {
			t.Errorf("after %s it is at event %d, not %d", c.keys, b.replay.next, c.want)
		}
		if running := b.journal.running(); running != nil && b.step != running {
			t.Errorf("after %s the pane shows %s while %s runs", c.keys, b.step.ID, running.ID)
		}
	}
}

func TestSpeedsGoFromOneToTheNext(t *testing.T) {
	b := playing(t, t.TempDir(), DemoRun)
	b.replay.speed = 10
	var got []string
	for _, key := range []string{"+", "+", "+", "-", "-", "-", "-", "-"} {
		b.press(key)
		got = append(got, speedText(b.replay.speed))
	}
	if want := "20× max max 20× 5× 2× 1× 1×"; strings.Join(got, " ") != want {
		t.Errorf("%s, not %s", strings.Join(got, " "), want)
	}
}

func TestEscGoesBackToTheLabExactlyAsItWas(t *testing.T) {
	dir := lab(t, 4)
	b := newBench(t, dir)
	b.demo = demo.Events
	b.press("8", "]", "tab", "down")
	was, version := b.screen(), b.journal.version
	step, places, lab := b.step, maps.Clone(b.places), b.journal
	b.do(b.openRun(DemoRun))
	b.press("end", "3", "]", "z")
	b.send(drainTick{}) // what comes for the lab waits
	if b.journal == lab || len(b.replay.held) != 1 {
		t.Fatal("the lab is touched during a replay")
	}
	b.press("esc")
	if b.replay == nil || b.zoomed {
		t.Error("esc leaves more than the zoom")
	}
	b.press("esc")
	if b.replay != nil || b.step != step || !reflect.DeepEqual(b.places, places) || b.journal != lab || b.journal.version <= version {
		t.Error("the lab is not as it was")
	}
	if now := b.screen(); now != was {
		t.Errorf("the screen was\n%s\nand is\n%s", was, now)
	}
}

func TestNothingRunsAndNothingIsWrittenInAReplay(t *testing.T) {
	dir := lab(t, 15)
	before := files(t, dir)
	for i := range table {
		row := &table[i]
		if row.in&browsing == 0 || harmless[row.group] {
			continue
		}
		b := playing(t, dir, firstRun)
		b.press("end")
		if !row.applies(b.model, b.mode()) {
			continue
		}
		b.send(keyOf(t, row.keys[0]))
		if first := slices.IndexFunc(table, func(x binding) bool { return x.applies(b.model, b.mode()) && slices.Contains(x.keys, row.keys[0]) }); first == i && b.note.text != inReplay {
			t.Errorf("%s says %q during a replay", row.label, b.note.text)
		}
	}
	if after := files(t, dir); !maps.Equal(before, after) {
		t.Errorf("files changed: %v, were %v", after, before)
	}
}

// files are the sizes of all files of a workspace.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	ws, err := pipeline.OpenWorkspace(dir, &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := ws.Runs()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{ws.ConfigFile(): fmt.Sprint(stampOf(ws.ConfigFile()))}
	for _, run := range runs {
		_, size, err := ws.Events(run, 0)
		out[run] = fmt.Sprint(size, err)
	}
	return out
}

func TestTheListOfRunsPlaysTheChosenOne(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.demo = demo.Events
	b.press("R")
	b.mustShow("Recorded runs", firstRun, "failed", "4 steps", "as it comes with willbuy")
	b.press("enter")
	if b.replay == nil || b.replay.run != firstRun || b.cover != nil {
		t.Fatal("enter does not play the newest run")
	}
	b.press("R", "end", "enter")
	if b.replay.name != "demo" || b.replay.lab.journal.fold.Run(firstRun) == nil {
		t.Error("from one replay the next begins, but the lab is lost")
	}
	b.press("esc")
	if b.replay != nil || b.journal.fold.Run(firstRun) == nil {
		t.Error("esc does not go back to the lab")
	}
}

func TestARunBeginsFromWhatEarlierRunsLeft(t *testing.T) {
	dir := lab(t, 4)
	const second = "20261122T100000Z-0002"
	record(t, dir, second, append([]entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{Steps: []string{"parse"}}}}, finished("parse", "p", 7)...)...)
	b := playing(t, dir, second)
	if got := b.journal.shown.Step("read").Result.Rows; got != 2000 {
		t.Errorf("read has %d rows", got)
	}
	if got := b.journal.shown.Step("parse").Result.Rows; got != 2000 {
		t.Errorf("parse has %d rows before it runs again", got)
	}
	b.press("end")
	if got := b.journal.shown.Step("parse").Result.Rows; got != 7 {
		t.Errorf("parse has %d rows afterwards", got)
	}
	if b.journal.underWay() != nil {
		t.Error("a recording that breaks off is still under way at its end")
	}
}

func TestOnlyOneStepIsPlayedIfAskedFor(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.do(b.open(Replay{Run: firstRun, Speed: 1, Step: "read"}))
	from, _ := b.replay.begin(must(pipeline.FindStep("read")))
	if b.replay.next != from+1 || b.step.ID != "read" {
		t.Errorf("it begins at event %d in %s", b.replay.next, b.step.ID)
	}
	b.pass(0)
	b.pass(time.Hour)
	if got := b.journal.shown.Step("parse").Status; got != pipeline.New || b.journal.shown.Step("read").Status != pipeline.Done {
		t.Errorf("after the step parse is %s", got)
	}
	if b.replay.playing {
		t.Error("it plays on after the step")
	}
	b.press("space")
	if !b.replay.playing {
		t.Error("space does not play on")
	}
}

func TestADamagedRunIsSaid(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.do(b.openRun("20261122T000000Z-none"))
	if b.replay != nil || !b.note.bad || !strings.Contains(b.note.text, "has recorded nothing") {
		t.Errorf("it says %q", b.note.text)
	}
}

func TestTheTransportBarFitsAndMarksTheSteps(t *testing.T) {
	b := playing(t, t.TempDir(), DemoRun)
	for _, width := range []int{40, 60, 80, 120, 200} {
		b.send(tea.WindowSizeMsg{Width: width, Height: 24})
		for _, n := range []int{0, 1, 400, len(b.replay.events)} {
			b.seek(n)
			lines := strings.Split(b.screen(), "\n")
			bar := lines[len(lines)-2]
			if w := len([]rune(bar)); w > width || !strings.Contains(bar, "replay") || strings.Count(bar, "●") != 1 {
				t.Errorf("%d columns, event %d: %q", width, n, bar)
			}
			if len(lines) != 24 {
				t.Errorf("%d columns: %d lines", width, len(lines))
			}
		}
	}
	b.seek(0)
	if bar := b.transport(); !strings.Contains(bar, "5─") || !strings.Contains(bar, "7─") {
		t.Errorf("the long steps are not on the scale: %s", ansi.Strip(bar))
	}
}

// longRun is a run of n events, mostly progress and rounds.
func longRun(n int) []pipeline.Event {
	train := must(pipeline.FindStep("train"))
	events := []pipeline.Event{event(1, firstRun, entry{"", pipeline.KindRunStarted, pipeline.RunStarted{Steps: []string{train.ID}}}),
		event(2, firstRun, entry{train.ID, pipeline.KindStepStarted, pipeline.StepStarted{}})}
	for i := len(events); i < n; i++ {
		e := entry{train.ID, pipeline.KindProgress, pipeline.Progress{Done: int64(i), Total: int64(n), Unit: "rounds", Rate: 12.5}}
		if i%2 == 0 {
			e = entry{train.ID, pipeline.KindCurve, pipeline.Curve{Round: i / 2, Train: map[string]float64{"rmse": 1 / float64(i)}, Validation: map[string]float64{"rmse": 2 / float64(i)}}}
		}
		ev := event(int64(i+1), firstRun, e)
		ev.Time = began.Add(time.Duration(i) * 10 * time.Millisecond)
		events = append(events, ev)
	}
	return events
}

// BenchmarkSeek goes to and fro in a run of 10,000 events.
func BenchmarkSeek(b *testing.B) {
	r := newRecording("long", &pipeline.State{}, longRun(10_000))
	j, at := newJournal(), 0
	r.rewind(j, 0)
	for i := range b.N {
		to := []int{9_999, 5_249, 9_000, 10}[i%4]
		r.show(j, at, to)
		at = to
	}
}

func BenchmarkOpenRecording(b *testing.B) {
	events := longRun(10_000)
	for range b.N {
		newRecording("long", &pipeline.State{}, slices.Clone(events))
	}
}

func TestInAPausedReplayTheArrowsAreTheChartsOfThePaneThatHasTheKeys(t *testing.T) {
	b := playing(t, t.TempDir(), DemoRun)
	b.seek(far)
	end := b.replay.position
	b.press("left")
	before := b.replay.position
	if before == end {
		t.Fatalf("from the steps, ← stays at %v", before)
	}
	b.choose(must(pipeline.FindStep("train")))
	b.press("tab", "right", "right")
	if b.replay.position != before || b.lens.Cross == 0 {
		t.Errorf("in the pane → goes to %v, the crosshair to %v", b.replay.position, b.lens.Cross)
	}
	b.press("esc")
	if b.replay == nil || b.lens.Cross != 0 {
		t.Error("esc does not take the crosshair away first")
	}
	b.press("esc")
	if b.replay != nil {
		t.Error("esc does not leave the replay then")
	}
}
