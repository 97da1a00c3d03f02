package views

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/testdata/demo"
	"willbuy/views/chart"
)

// The goldens are every pane as it looks in each state, drawn from the run that
// `willbuy replay demo` plays. Where one changed on purpose:
//
//	go test ./views -run Golden -update

func init() { time.Local = time.UTC } // panes say when, as people there do

// paneStates are those that a pane has a golden of: of a step that has not run,
// half way, at its end, failed half way, and when something before it changed.
var paneStates = []pipeline.Status{pipeline.New, pipeline.Running, pipeline.Done, pipeline.Failed, pipeline.Stale}

// sizes are those of the goldens: width, height.
var sizes = [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}}

// themes are those of the goldens, the one without colours first.
var themes = []chart.Theme{chart.NoColor, chart.Dark, chart.Light}

// screen is one golden, still without a theme.
type screen struct {
	name string
	f    Frame
}

func demoEvents(t testing.TB) []pipeline.Event {
	t.Helper()
	events, err := demo.Events()
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// demoFrame is the frame of a step in a state that the demo run went through, or
// that it would have gone through had the step failed or its input changed.
func demoFrame(t testing.TB, events []pipeline.Event, step *pipeline.Step, status pipeline.Status) Frame {
	t.Helper()
	ofStep := func(e pipeline.Event) bool { return e.Step == step.ID }
	from := slices.IndexFunc(events, ofStep)
	to := from + slices.IndexFunc(events[from:], func(e pipeline.Event) bool { return e.Kind == pipeline.KindStepFinished })
	switch status {
	case pipeline.New, pipeline.Blocked:
		events = events[:from]
	case pipeline.Running, pipeline.Failed, pipeline.Interrupted:
		events = events[:from+1+(to-from)/2]
	}
	state := &pipeline.State{}
	for _, e := range events {
		state.Apply(e)
	}
	last := events[len(events)-1].Time
	st := state.Step(step.ID)
	switch status {
	case pipeline.Failed, pipeline.Interrupted:
		body, err := json.Marshal(pipeline.StepFailed{Status: string(status), Error: "write the results to the store: no space left on device",
			Hint: "Free some disk space, then run again: what is done is kept.", Seconds: 3.2})
		if err != nil {
			t.Fatal(err)
		}
		state.Apply(pipeline.Event{Step: step.ID, Kind: pipeline.KindStepFailed, Time: st.Started.Add(3200 * time.Millisecond), Body: body})
	case pipeline.Stale:
		st.Status, st.Reason = status, "setup.rows was 1,000, is 2,000"
	case pipeline.Blocked:
		st.Status, st.Reason = status, "waits for parse"
	}
	if st.Status != status {
		t.Fatalf("step %s came out as %s, want %s", step.ID, st.Status, status)
	}
	f := Frame{State: state, Step: step, Lab: pipeline.DefaultLab(), Values: pipeline.Values{}, Now: last.Add(200 * time.Millisecond), View: 1}
	for _, p := range step.Params {
		f.Values[p.Name] = p.Default
	}
	if status != pipeline.New { // what the workbench knows beside the log
		f.Jobs, f.Daily = someJobs(f.Now), someDays(state, f.Now)
	}
	return f
}

// someJobs are one that runs, one that waits for it and one that is done.
func someJobs(now time.Time) []pipeline.Job {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	return []pipeline.Job{
		{ID: "20261123T015130Z-0c01", Name: "update_reviews", Submitted: ago(4 * time.Second), Status: pipeline.JobPending, Waits: "retrain"},
		{ID: "20261123T015121Z-77ab", Name: "retrain", Submitted: ago(13 * time.Second), Status: pipeline.JobRunning, Summary: "10 Train"},
		{ID: "20261122T180000Z-51f2", Name: "update_reviews", Submitted: ago(8 * time.Hour), Ended: ago(8*time.Hour - 41*time.Second), Status: pipeline.JobDone, Summary: "5 steps done"},
	}
}

// someDays is a graph that is on and has run four times, not always well.
func someDays(state *pipeline.State, now time.Time) *Daily {
	history, _ := state.Step("automate").Table("history")
	for i, status := range []string{"EXECUTING", "FAILED", "SKIPPED", "SUCCEEDED"} {
		began := now.Add(time.Duration(-24*i) * time.Hour)
		history.Rows = append(history.Rows, []any{began.Format("20060102T150405Z-0001"), status, "schedule", began.Format(time.DateTime), 61.5 - float64(20*i), ""})
	}
	history.Total = int64(len(history.Rows))
	return &Daily{Deployed: true, Next: now.Add(5 * time.Hour), History: history}
}

// screensOf are the goldens of a step: every view of its output in every state
// and size, and each of the other tabs once.
func screensOf(t testing.TB, events []pipeline.Event, step *pipeline.Step) []screen {
	var all []screen
	for _, status := range paneStates {
		f := demoFrame(t, events, step, status)
		names := Views(f)
		for view := range max(1, len(names)) {
			name := string(status)
			if len(names) > 0 {
				name += " · " + names[view]
			}
			for _, size := range sizes {
				f.View, f.Width, f.Height = view+1, size[0], size[1]
				all = append(all, screen{fmt.Sprintf("%s · %d×%d", name, f.Width, f.Height), f})
			}
		}
	}
	f := demoFrame(t, events, step, pipeline.Done)
	for tab := Code; tab <= Log; tab++ {
		f.Tab, f.Width, f.Height = tab, 80, 24
		all = append(all, screen{fmt.Sprintf("%s · 80×24", Tabs[tab]), f})
	}
	return all
}

func TestPanesLookAsInTheirGoldens(t *testing.T) {
	events := demoEvents(t)
	for _, step := range pipeline.Steps {
		t.Run(step.ID, func(t *testing.T) {
			text, styled := &album{}, &album{}
			for _, s := range screensOf(t, events, step) {
				for _, th := range themes {
					s.f.Theme = th
					pane := Pane(s.f)
					styled.add(s.name+" · "+th.Name, pane)
					if th.Mono {
						text.add(s.name, ansi.Strip(pane))
					}
				}
			}
			text.compare(t, "testdata/golden/"+step.ID+".txt")
			styled.compare(t, "testdata/golden/"+step.ID+".styled.gz")
		})
	}
}

// TestThemesDifferInStylesOnly draws every golden in all themes: a light screen
// says to the letter what a dark one says, and without colours other glyphs may
// draw a chart, but no word, number or sign beside it changes.
func TestThemesDifferInStylesOnly(t *testing.T) {
	events := demoEvents(t)
	for _, step := range pipeline.Steps {
		for _, s := range screensOf(t, events, step) {
			var panes [3][]string
			for i, th := range themes {
				s.f.Theme = th
				panes[i] = strings.Split(Pane(s.f), "\n")
			}
			for i, mono := range panes[0] {
				dark, light := ansi.Strip(panes[1][i]), ansi.Strip(panes[2][i])
				if dark != light {
					t.Fatalf("%s %s: line %d is\n%s in dark and\n%s in light", step.ID, s.name, i+1, dark, light)
				}
				if want, got := wordsIn(dark), wordsIn(ansi.Strip(mono)); want != got {
					t.Fatalf("%s %s: line %d is\n%s in dark and\n%s without colours", step.ID, s.name, i+1, dark, ansi.Strip(mono))
				}
				if color := coloring.FindString(mono); color != "" {
					t.Fatalf("%s %s: line %d has a colour, %q, where none is wanted", step.ID, s.name, i+1, color)
				}
			}
		}
	}
}

// coloring is an escape that sets a colour.
var coloring = regexp.MustCompile(`\x1b\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)

// wordsIn is a line without the glyphs that charts are drawn with, and with one
// blank for several.
func wordsIn(line string) string {
	return strings.Join(strings.FieldsFunc(line, func(r rune) bool {
		return unicode.IsSpace(r) || r >= '─' && r <= '▟' || r >= '⠀' && r <= '⣿' || strings.ContainsRune("·●○", r)
	}), " ")
}
