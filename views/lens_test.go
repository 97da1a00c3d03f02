package views

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/pipeline/registry"
	"willbuy/views/chart"
)

// lensed is a view of a done step of the recorded lab, through a lens.
func lensed(t *testing.T, id, view string, width, height int, lens *Lens) Frame {
	t.Helper()
	step, err := pipeline.FindStep(id)
	if err != nil {
		t.Fatal(err)
	}
	f := frame(at(t, recorded(t), step, pipeline.Done), step, width, height, chart.NoColor)
	f.Lens = lens
	for i, name := range Views(f) {
		if name == view {
			f.View = i + 1
			return f
		}
	}
	t.Fatalf("step %s has no view %s", id, view)
	return f
}

func TestEveryViewOfTheModelFitsEverySize(t *testing.T) {
	versions := []registry.Version{}
	for i := range 3 {
		versions = append(versions, registry.Version{Name: "deployed_xgb", Version: fmt.Sprintf("V%d", i+1), Parameters: map[string]string{"eta": fmt.Sprint(i)},
			Metrics: map[string]float64{"validation_auc": 0.8 + float64(i)/100}, Features: []string{"A", strings.Repeat("LONG_", 20)}, Encoders: map[string][]string{"A": {strings.Repeat("word ", 30)}},
			Comment: "\x1b[2J" + strings.Repeat("long ", 40)})
	}
	customer := pipeline.Explained{ID: "x", Text: "\x1b[2J\u202e" + strings.Repeat("很好 ", 60)}
	step, _ := pipeline.FindStep("explain")
	customer.Table, _ = at(t, recorded(t), step, pipeline.Done).Step("explain").Table("customer")
	earlier := []Training{{Run: "r", Name: "22 Nov 09:31", Params: map[string]string{"eta": strings.Repeat("9", 60)}, Curves: []pipeline.Curve{{Round: 1, Train: map[string]float64{"auc": 0.7}}}}, {Name: "empty"}}
	lenses := map[string]*Lens{"none": nil, "zero": {}, "all": {Metric: 1, Cross: 7, LogX: true, LogY: true, From: 3, To: 12, Earlier: earlier, Threshold: 0.3,
		Tree: 3, Versions: versions, Picked: []string{"V1", "V3"}, Measure: 1, Customer: &customer}}
	for id, all := range map[string][]view{"train": trainViews, "register": registerViews, "explain": explainViews} {
		for _, v := range all {
			for name, lens := range lenses {
				for _, size := range [][2]int{{1, 1}, {7, 5}, {28, 9}, {40, 12}, {66, 17}, {83, 24}, {84, 30}, {121, 41}, {160, 60}} {
					f := lensed(t, id, v.name, size[0], size[1], lens)
					pane := Pane(f)
					for line := range strings.SplitSeq(pane, "\n") {
						if w := ansi.StringWidth(line); w > size[0] {
							t.Errorf("%s, %s, lens %s at %v: a line of %d cells: %q", id, v.name, name, size, w, line)
						}
					}
					if strings.Contains(pane, "\x1b[2J") || strings.Contains(pane, "\u202e") {
						t.Errorf("%s, %s: what a terminal acts on reached it", id, v.name)
					}
				}
			}
		}
	}
}

func TestWhatARunOfBeforeRecordedIsStillDrawn(t *testing.T) {
	for _, c := range []struct{ step, view, table, shows string }{
		{"train", RankingView, "ranking", "did not record this"},
		{"train", ConfusionView, "", "Called a buyer above"},
		{"explain", SurprisesView, "surprises", "did not record this"},
		{"explain", CustomerView, "review", "the average customer"},
		{"explain", "Pairs", "", "work together"},
		{"register", CardView, "card", "did not record this"},
		{"register", DifferenceView, "card", "did not record this"},
	} {
		f := lensed(t, c.step, c.view, 100, 30, nil)
		st := f.State.Step(c.step)
		for i := range st.Tables {
			if st.Tables[i].Name == c.table {
				st.Tables[i].Name = "not known then"
			}
		}
		delete(st.Result.Facts, c.table)
		delete(st.Result.Facts, "previous")
		if t2, ok := st.Table("confusion"); ok && c.view == ConfusionView { // nine, 0.5 first
			t2.Rows = append([][]any{t2.Rows[24]}, t2.Rows[4], t2.Rows[44])
			for i := range st.Tables {
				if st.Tables[i].Name == "confusion" {
					st.Tables[i] = t2
				}
			}
			if next := NextThreshold(f, 1); next != 0.9 {
				t.Errorf("after 0.5 comes %v", next)
			}
		}
		if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, c.shows) {
			t.Errorf("%s, %s lacks %q:\n%s", c.step, c.view, c.shows, pane)
		}
	}
}

func TestTheDifferenceSaysWhatIsBetter(t *testing.T) {
	before := registry.Version{Version: "V1", Metrics: map[string]float64{"validation_auc": 0.7, "validation_rmse": 0.4}, Features: []string{"A", "B"}, Encoders: map[string][]string{"A": {"x", "y"}}}
	after := registry.Version{Version: "V2", Metrics: map[string]float64{"validation_auc": 0.8, "validation_rmse": 0.5}, Features: []string{"A", "C"}, Encoders: map[string][]string{"A": {"x", "z"}}}
	f := lensed(t, "register", DifferenceView, 90, 30, &Lens{Versions: []registry.Version{before, after}})
	pane := ansi.Strip(Pane(f))
	for _, want := range []string{"V1 → V2", "✓ better", "! worse", "− B · + C", "− y · + z"} {
		if !strings.Contains(pane, want) {
			t.Errorf("it lacks %q:\n%s", want, pane)
		}
	}
}

func TestTheDependenceAgreesWithTheTruthOrSaysNot(t *testing.T) {
	f := lensed(t, "explain", "Dependence", 120, 40, nil)
	s := newSheet(f)
	for _, c := range []struct {
		model, truth []float64
		want         string
	}{
		{[]float64{0, 1}, []float64{0, 2}, "✓ From 1 to 3 it raises φ by 1 in the model, by 2 in truth."},
		{[]float64{0, 1}, []float64{0, -2}, "! From 1 to 3 it raises φ by 1 in the model, but lowers it by 2 in truth."},
		{[]float64{0}, []float64{0}, ""},
	} {
		if got := s.agreement([]float64{1, 3}[:len(c.model)], c.model, c.truth); got != c.want {
			t.Errorf("%v beside %v: %q", c.model, c.truth, got)
		}
	}
	if pane := ansi.Strip(Pane(f)); !strings.Contains(pane, "truth −") && !strings.Contains(pane, "in truth") {
		t.Errorf("no truth stands beside the model:\n%s", pane)
	}
}

func TestWhatTheRegistryHoldsIsNeverRaw(t *testing.T) {
	text := "a\x1b[2J\x07\u202e\r\nb"
	hostile := func(name string) registry.Version {
		return registry.Version{Name: text, Version: name + text, Aliases: []string{text}, Run: text, Comment: text, Label: text, SHA256: text,
			Parameters: map[string]string{"objective": text, "eta": text}, Metrics: map[string]float64{"validation_" + text: 1}, Features: []string{text},
			Encoders: map[string][]string{text: {text, name}}, Tags: map[string]string{text: text}}
	}
	lens := &Lens{Versions: []registry.Version{hostile("V1"), hostile("V2")}}
	for _, view := range []string{VersionsView, DifferenceView, CardView} {
		for _, width := range []int{80, 140} {
			if err := fits(lensed(t, "register", view, width, 40, lens)); err != nil {
				t.Errorf("%s: %v", view, err)
			}
		}
	}
}
