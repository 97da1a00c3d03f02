package views

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// recorded reads testdata/lab.jsonl: a real run through all steps, thinned out,
// with scores, curves and histories put in by hand so that each pane has
// something to show.
func recorded(t testing.TB) []pipeline.Event {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "lab.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var events []pipeline.Event
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e pipeline.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// at folds the events so that the step has the status.
func at(t testing.TB, events []pipeline.Event, step *pipeline.Step, status pipeline.Status) *pipeline.State {
	t.Helper()
	state := &pipeline.State{}
	for _, e := range events {
		if e.Step == step.ID {
			if status == pipeline.New || status == pipeline.Blocked {
				break
			}
			if e.Kind == pipeline.KindStepFinished && status != pipeline.Done && status != pipeline.Stale {
				break
			}
		}
		state.Apply(e)
	}
	st := state.Step(step.ID)
	switch status {
	case pipeline.Stale:
		st.Status, st.Reason = status, "eta was 0.1, is 0.2"
	case pipeline.Blocked:
		st.Status, st.Reason = status, "waits for parse"
	case pipeline.Failed, pipeline.Interrupted:
		body, err := json.Marshal(pipeline.StepFailed{Status: string(status), Error: "open the model in models/bart: there is no config.json in it",
			Hint: "Set quality.model to a directory in Hugging Face's layout, or to embedded.", Seconds: 3.2})
		if err != nil {
			t.Fatal(err)
		}
		state.Apply(pipeline.Event{Step: step.ID, Kind: pipeline.KindStepFailed, Time: st.Started.Add(3200 * time.Millisecond), Body: body})
	}
	if st.Status != status {
		t.Fatalf("step %s came out as %s, want %s", step.ID, st.Status, status)
	}
	return state
}

func frame(state *pipeline.State, step *pipeline.Step, width, height int, th chart.Theme) Frame {
	values := pipeline.Values{}
	for _, p := range step.Params {
		values[p.Name] = p.Default
	}
	if step.ID == "train" {
		values["min_child_weight"] = "20"
	}
	return Frame{State: state, Step: step, Lab: pipeline.DefaultLab(), Values: values, Theme: th, Width: width, Height: height, View: 1,
		Now: time.Date(2026, 11, 22, 17, 33, 0, 0, time.UTC)}
}

var styling = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// TestTextFromDataIsNeverRaw puts what terminals act on into every text that
// comes from data.
func TestTextFromDataIsNeverRaw(t *testing.T) {
	const hostile = "a\x1b[2J\x07\u202eb\u2066\x9b31m\r\nc\u200b" + "日本"
	var poison func(v any) any
	poison = func(v any) any {
		switch v := v.(type) {
		case string:
			return hostile
		case []any:
			for i := range v {
				v[i] = poison(v[i])
			}
		}
		return v
	}
	state := &pipeline.State{}
	for _, e := range recorded(t) {
		var body map[string]any
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"rows", "preview", "raw", "reason", "text", "error", "hint", "detail", "summary", "title", "phase"} {
			if _, ok := body[key]; ok {
				body[key] = poison(body[key])
			}
		}
		if name, ok := body["name"]; ok && e.Kind != pipeline.KindTable {
			body["name"] = poison(name)
		}
		e.Body, _ = json.Marshal(body)
		if line := EventLine(e); strings.ContainsAny(line, "\x1b\x07\r\n\u202e\u2066\u009b\u200b") {
			t.Errorf("the line of %s in %s is raw: %q", e.Kind, e.Step, line)
		}
		state.Apply(e)
	}
	for _, step := range pipeline.Steps {
		for _, status := range []pipeline.Status{pipeline.Done, pipeline.Running, pipeline.Failed, pipeline.Stale, pipeline.Blocked} {
			st := state.Step(step.ID)
			st.Status, st.Reason, st.Error, st.Hint = status, hostile, hostile, hostile
			for tab := range Tabs {
				f := frame(state, step, 100, 60, chart.Dark)
				f.Tab, f.View = Tab(tab), 0
				for _, p := range step.Params {
					if p.Kind == pipeline.StringParam {
						f.Values[p.Name] = hostile
					}
				}
				text := strings.ReplaceAll(styling.ReplaceAllString(Pane(f), ""), "\n", "")
				if i := strings.IndexAny(text, "\x1b\x07\r\u202e\u2066\u009b\u200b"); i >= 0 {
					t.Fatalf("%s %s %s is raw: %q", step.ID, status, Tabs[tab], text[max(0, i-40):min(len(text), i+40)])
				}
			}
			for _, line := range Summary(state, step) {
				if strings.ContainsAny(line, "\x1b\x07\r\n\u202e\u2066\u009b\u200b") {
					t.Errorf("the summary of %s is raw: %q", step.ID, line)
				}
			}
		}
	}
}

func TestVisibleKeepsWritingAndShowsTheRest(t *testing.T) {
	for text, want := range map[string]string{
		"plain":              "plain",
		"naïve 日本 🎉":         "naïve 日本 🎉",
		"می\u200cخواهم":      "می\u200cخواهم",
		"a\tb\nc":            `a\tb\nc`,
		"\x1b[31mred\x1b[0m": `\x1b[31mred\x1b[0m`,
		"bad \xff\xfe":       `bad \xff\xfe`,
		"\u202eevil\u2069":   `\u202eevil\u2069`,
		"c1 \u009b31m":       `c1 \u009b31m`,
		"\U000e0041tag":      `\U000e0041tag`,
		"nul\x00":            `nul\x00`,
	} {
		if got := Visible(text); got != want {
			t.Errorf("Visible(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("a\x1b]52;c;aGk=\x07b\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range Visible(text) {
			if hidden(r) || r < ' ' {
				t.Fatalf("Visible(%q) lets %U through", text, r)
			}
		}
	})
}

func TestGridShowsThePageAroundTheCursor(t *testing.T) {
	step, err := pipeline.FindStep("join")
	if err != nil {
		t.Fatal(err)
	}
	state := at(t, recorded(t), step, pipeline.Done)
	f := frame(state, step, 200, 24, chart.NoColor)
	table, ok := Grid(f)
	if !ok || table != "JOINED_DATA" || Rows(f) != 1991 {
		t.Fatalf("Grid = %q, %v with %d rows", table, ok, Rows(f))
	}
	f.Cursor = 1000
	result := state.Step("join").Result
	f.Grid = &DataGrid{Columns: result.Schema, Sizes: MeasureColumns(result.Schema, result.Preview), Shown: AllColumns(len(result.Schema)),
		Total: 1991, Rows: 1991, Cursor: 1000, Row: func(i int64) []any {
			return []any{fmt.Sprintf("row %d", i), "shoes", "grid", 1.5, int64(5), int64(1), "text", "label", 0.25}
		}}
	pane := ansi.Strip(Pane(f))
	if !strings.Contains(pane, "▸ row 1000 ") || !strings.Contains(pane, "of 1,991]") {
		t.Errorf("the chosen row is not in the grid:\n%s", pane)
	}
	f.Grid = nil
	if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, "▸ …") && !strings.Contains(pane, "  …") {
		t.Errorf("rows that are not there yet do not show as such:\n%s", pane)
	}
}

func TestQualityTellsWhatFastRestsOn(t *testing.T) {
	step, err := pipeline.FindStep("quality")
	if err != nil {
		t.Fatal(err)
	}
	calibration := func(threshold any, redone float64) *pipeline.State {
		body, err := json.Marshal(pipeline.Table{Name: "calibration", Title: "Calibration of fast", Columns: []store.Column{
			{Name: "SAMPLE", Type: store.Int}, {Name: "CHANGED", Type: store.Int}, {Name: "THRESHOLD", Type: store.Float},
			{Name: "EXPECTED_AGREEMENT", Type: store.Float}, {Name: "SHARE_REDONE", Type: store.Float}},
			Rows: [][]any{{256, 4, threshold, 0.9968, redone}}, Total: 1})
		if err != nil {
			t.Fatal(err)
		}
		state := at(t, recorded(t), step, pipeline.Done)
		state.Apply(pipeline.Event{Step: "quality", Kind: pipeline.KindTable, Body: body})
		return state
	}
	for _, width := range []int{80, 120} {
		pane := ansi.Strip(Pane(frame(calibration(0.314, 0.234), step, width, 60, chart.NoColor)))
		for _, want := range []string{"Calibration of fast", "learnt from 256 reviews", "redone exactly", "23.4%", "99.7%", "0.31 logits", "4 labels"} {
			if !strings.Contains(pane, want) {
				t.Errorf("%q is missing at %d:\n%s", want, width, pane)
			}
		}
	}
	for _, threshold := range []any{"+Inf", 2.5} {
		if pane := ansi.Strip(Pane(frame(calibration(threshold, 0.9), step, 80, 60, chart.NoColor))); !strings.Contains(pane, "does not pay") || strings.Contains(pane, "logits") {
			t.Errorf("a fast that does not pay does not say so:\n%s", pane)
		}
	}
}

func TestLanguagesThatDoNotFitAreCounted(t *testing.T) {
	step, err := pipeline.FindStep("sentiment")
	if err != nil {
		t.Fatal(err)
	}
	state := at(t, recorded(t), step, pipeline.Done)
	if pane := ansi.Strip(Pane(frame(state, step, 40, 60, chart.NoColor))); !strings.Contains(pane, "3 languages not shown") || !strings.Contains(pane, " fr\n") || strings.Contains(pane, " pt") {
		t.Errorf("at 40:\n%s", pane)
	}
}

func TestTheChosenRowIsAlwaysInSight(t *testing.T) {
	step, err := pipeline.FindStep("train")
	if err != nil {
		t.Fatal(err)
	}
	f := frame(&pipeline.State{}, step, 80, 8, chart.NoColor)
	f.Tab = Parameters
	for i, p := range step.Params {
		f.Cursor = i
		if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, "▸") || !strings.Contains(pane, p.Name) {
			t.Errorf("parameter %s is out of sight:\n%s", p.Name, pane)
		}
	}
}

func TestScrollingReachesTheLastLineAndNoFurther(t *testing.T) {
	step, err := pipeline.FindStep("dashboard")
	if err != nil {
		t.Fatal(err)
	}
	f := frame(at(t, recorded(t), step, pipeline.Done), step, 80, 20, chart.NoColor)
	n := Length(f)
	f.Top = 10_000
	if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, fmt.Sprintf("-%d of %d]", n, n)) {
		t.Errorf("the last of %d lines is not shown:\n%s", n, pane)
	}
}

func TestWhatStandsBelowAListCanBeReached(t *testing.T) {
	step, err := pipeline.FindStep("explain")
	if err != nil {
		t.Fatal(err)
	}
	f := frame(at(t, recorded(t), step, pipeline.Done), step, 80, 14, chart.NoColor)
	f.View = slices.Index(Views(f), "Dependence") + 1
	f.Top, f.Cursor = Length(f), int(Rows(f))-1
	if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, "Truth: the same by the formula") {
		t.Errorf("the end is out of reach from the last row:\n%s", pane)
	}
	f.Cursor--
	if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, "▸ REVIEW_QUALITY") {
		t.Errorf("a step up does not bring the chosen row back:\n%s", pane)
	}
}

func TestTableSaysWhatItLeavesOut(t *testing.T) {
	columns := []store.Column{{Name: "NAME", Type: store.String}, {Name: "N", Type: store.Int}, {Name: "SHARE", Type: store.Float}, {Name: "NOTE", Type: store.String}}
	rows := [][]any{{"a name that is long and goes on and on", int64(12345), 0.5, "x"}, {"b", 7.0, 0.125, nil}}
	got := Table(columns, rows, 32, 2000, chart.NoColor)
	for _, want := range []string{"12,345", "0.500", "0.125", "…", "[1-2 of 2,000]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := Table(columns, rows, 14, 2, chart.NoColor); !strings.Contains(ansi.Strip(got), "column") {
		t.Errorf("columns are left out without a word:\n%s", got)
	}
}

func TestEventsReadAsLines(t *testing.T) {
	event := func(step string, kind pipeline.Kind, body any) pipeline.Event {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return pipeline.Event{Run: "r1", Step: step, Kind: kind, Body: raw}
	}
	for _, c := range []struct {
		event pipeline.Event
		want  string
	}{
		{event("quality", pipeline.KindProgress, pipeline.Progress{Done: 1243, Total: 2000, Unit: "reviews", Rate: 68, ETA: 11.2}), "5 Quality: 1,243 of 2,000 reviews (62%), 68.0/s, 0:12 left"},
		{event("read", pipeline.KindProgress, pipeline.Progress{Done: 512_000, Total: 1_024_000, Unit: "bytes", Rate: 2_000_000}), "3 Read: 512.0 kB of 1.0 MB (50%), 2.0 MB/s"},
		{event("parse", pipeline.KindQuarantine, pipeline.Quarantine{Reason: "no comma", Count: 1, File: "a.txt", Line: 4}), "4 Parse: 1 record in quarantine: no comma (first: a.txt line 4)"},
		{event("train", pipeline.KindCurve, pipeline.Curve{Round: 10, Train: map[string]float64{"rmse": 0.45}, Validation: map[string]float64{"rmse": 0.4612}}), "10 Train: round 10: train rmse 0.4500 validation 0.4612"},
		{event("train", pipeline.KindCurve, pipeline.Curve{Round: 11, Train: map[string]float64{"rmse": 0.45}}), ""},
		{event("quality", pipeline.KindWorker, pipeline.Worker{ID: 1}), ""},
		{event("quality", pipeline.KindStepFailed, pipeline.StepFailed{Status: "failed", Error: "no model", Hint: "Set one.", Seconds: 0.04}), "5 Quality: failed after 40 ms: no model. Set one."},
		{event("quality", pipeline.KindCheck, pipeline.Check{Name: "scores sum to 1", OK: true}), "5 Quality: holds: scores sum to 1"},
		{event("", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done", Seconds: 72, Summary: "15 steps."}), "Run r1 done in 1:12. 15 steps."},
		{event("quality", "later.kind", map[string]int{"a": 1}), ""},
	} {
		if got := EventLine(c.event); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestHighlightingChangesNoLetter(t *testing.T) {
	for _, step := range pipeline.Steps {
		if step.Code == nil {
			continue
		}
		f := frame(&pipeline.State{}, step, 80, 24, chart.Dark)
		code := step.Code(f.Lab, f.Values)
		if got := ansi.Strip(strings.Join(SQL(code, chart.Dark), "\n")); got != code {
			t.Errorf("step %s: %q became %q", step.ID, code, got)
		}
	}
}

func BenchmarkPane120x40(b *testing.B) {
	events := recorded(b)
	for _, id := range []string{"train", "join", "explain", "dashboard", "quality"} {
		step, err := pipeline.FindStep(id)
		if err != nil {
			b.Fatal(err)
		}
		f := frame(at(b, events, step, pipeline.Done), step, 120, 40, chart.Dark)
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				Pane(f)
			}
		})
	}
}
