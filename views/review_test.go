package views

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// listing is a frame of a step with one table of reviews.
func listing(step string, t pipeline.Table) Frame {
	s, err := pipeline.FindStep(step)
	if err != nil {
		panic(err)
	}
	state := &pipeline.State{}
	st := state.Step(step)
	st.Status, st.Tables, st.Result = pipeline.Done, []pipeline.Table{t}, pipeline.StepFinished{Rows: 9, Unit: "reviews", Summary: "Done."}
	return frame(state, s, 100, 30, chart.NoColor)
}

func TestTheChosenReviewIsGivenInFullWithAllItsScores(t *testing.T) {
	long := strings.Repeat("It fits and it lasts. ", 12)
	table := pipeline.Table{Name: "uncertain", Title: "Least certain",
		Columns: []store.Column{{Name: "REVIEW_QUALITY"}, {Name: "SCORE"}, {Name: "SCORES"}, {Name: "REVIEW_TEXT"}},
		Rows:    [][]any{{"a", 0.5, "[0.5,0.3,0.2]", "first"}, {"b", 0.5, "[0.1,0.7,0.2]", long}, {"c", 0.5, "no scores", "third"}}, Total: 3}
	f := listing("quality", table)
	if Rows(f) != 3 {
		t.Fatalf("there are %d rows to choose among, want 3", Rows(f))
	}
	r := Reviews(f)[1]
	if r.Text != long {
		t.Fatalf("the second is %v", r)
	}
	text := ansi.Strip(strings.Join(r.Draw(120, chart.NoColor), "\n"))
	for i, score := range []string{"0.100", "0.700", "0.200"} {
		if !strings.Contains(text, f.Lab.Labels[i][:20]) || !strings.Contains(text, score) {
			t.Errorf("%s and its score %s are not in\n%s", f.Lab.Labels[i], score, text)
		}
	}
	if got := strings.Join(strings.Fields(text), " "); !strings.HasPrefix(got, strings.TrimSpace(long)) || !strings.Contains(text, "▸ Basic") {
		t.Errorf("the review is not in full, or its label is not marked:\n%s", text)
	}
	if r = Reviews(f)[2]; r.Scores != nil || !strings.Contains(strings.Join(r.Draw(100, chart.NoColor), "\n"), "no scores") {
		t.Errorf("scores that do not read came out as %v", r.Scores)
	}
}

func TestTheCursorGoesThroughTheHappiestAndTheUnhappiest(t *testing.T) {
	columns := []store.Column{{Name: "REVIEW_SENTIMENT"}, {Name: "REVIEW_TEXT"}}
	f := listing("sentiment", pipeline.Table{Name: "happiest", Title: "Happiest", Columns: columns, Rows: [][]any{{0.9, "joy"}, {0.8, "fine"}}})
	st := f.State.Step("sentiment")
	st.Tables = append(st.Tables, pipeline.Table{Name: "unhappiest", Title: "Unhappiest", Columns: columns, Rows: [][]any{{-0.9, "anger"}}})
	for at, want := range []string{"joy", "fine", "anger"} {
		f.Cursor = at
		r := Reviews(f)[at]
		marked := ""
		for line := range strings.SplitSeq(Pane(f), "\n") {
			if line = ansi.Strip(line); strings.HasPrefix(line, "▸ ") {
				marked = line
			}
		}
		if r.Text != want || !strings.HasSuffix(marked, want) {
			t.Errorf("row %d is %q and marked is %q, want %q", at, r.Text, marked, want)
		}
	}
}

func TestANodeShowsWhatOfItsStepsNeedsAttention(t *testing.T) {
	for _, test := range []struct {
		states []pipeline.Status
		want   string
	}{
		{[]pipeline.Status{pipeline.Done, pipeline.Done}, "✓ done"},
		{[]pipeline.Status{pipeline.Done, pipeline.Stale}, "~ stale"},
		{[]pipeline.Status{pipeline.Stale, pipeline.Failed}, "! parse"},
		{[]pipeline.Status{pipeline.Done, pipeline.Running}, "▶ parse 25%"},
		{[]pipeline.Status{pipeline.New, pipeline.New}, "· new"},
	} {
		state := &pipeline.State{}
		for i, id := range []string{"read", "parse"} {
			state.Step(id).Status = test.states[i]
			state.Step(id).Progress = pipeline.Progress{Done: 1, Total: 4}
		}
		s := newSheet(frame(state, pipeline.Steps[13], 100, 30, chart.NoColor))
		if got, _ := s.nodeState("read, parse"); got != test.want {
			t.Errorf("%v: %q, want %q", test.states, got, test.want)
		}
	}
}

func TestTheStripHasALetterARunAndSaysWhatItMeans(t *testing.T) {
	table := pipeline.Table{Name: "history", Columns: []store.Column{{Name: "STATE"}, {Name: "SECONDS"}},
		Rows: [][]any{{"FAILED", 2.0}, {"SUCCEEDED", 30.0}, {"SKIPPED", nil}, {"SUCCEEDED", 31.0}}}
	s := newSheet(frame(&pipeline.State{}, pipeline.Steps[13], 100, 30, chart.NoColor))
	s.drawStrip(table)
	if got := ansi.Strip(s.lines[0]); got != "  state     S–SF   S succeeded  – skipped  F failed" {
		t.Errorf("the strip is %q", got)
	}
}
