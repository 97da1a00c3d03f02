package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// asked is a what-if question with its answer.
func asked() *WhatIf {
	features := pipeline.DefaultLab().Inputs
	features[0].Classes = []string{"Basic accurate information", "Detailed with specific information and experience", "Generic brief with no details"}
	features[1].Classes = []string{"carousel", "grid", "single-column", "three-column", "two-column"}
	from := []float32{2, 1, 0.52, 0.95, 5}
	to := []float32{2, 1, 3, 0.95, 5}
	curve := whatif.Curve{Feature: "PAGE_LOAD_TIME"}
	own := curve
	for i := range 20 {
		curve.Points = append(curve.Points, whatif.Point{Value: 0.5 + float32(i)/4, Mean: 0.55 - float64(i)/50})
		own.Points = append(own.Points, whatif.Point{Value: 0.5 + float32(i)/4, Mean: 0.81 - float64(i)/40})
	}
	return &WhatIf{Who: &pipeline.Customer{ID: "000cd644-c6ba-41db-a902-86b48c4f5863", Bought: true, Group: "laptop", Text: "Zwei Wochen im Einsatz,\nnoch kein Absturz."},
		At: 3, Of: 500, Total: 1991, Features: features, From: from, To: to,
		Places: [][2]float64{{1, 1}, {0.25, 0.25}, {0, 0.7}, {0.9, 0.9}, {1, 1}},
		Flip:   &whatif.Flip{From: 0.81, To: 0.48, Proven: true, Steps: []whatif.Step{{Feature: features[2], Index: 2, From: 0.52, To: 3}}},
		Answer: &pipeline.Answer{Question: pipeline.Question{From: from, To: to, One: true, Feature: 2, Sure: true}, Before: 0.81, After: 0.48, Curve: curve, Own: own,
			Set:   &whatif.Effect{Customers: 1991, Moved: 1900, Before: 812, After: 640, Change: -172, Interval: &whatif.Interval{Low: -195, High: -140}},
			Shift: &whatif.Effect{Customers: 1991, Moved: 1991, Before: 812, After: 601, Change: -211}}}
}

func TestWhatIfLooksAsInItsGolden(t *testing.T) {
	step, err := pipeline.FindStep("explain")
	if err != nil {
		t.Fatal(err)
	}
	done := at(t, recorded(t), step, pipeline.Done)
	everybody := asked()
	everybody.Who, everybody.Flip, everybody.Answer.Own, everybody.Answer.Set, everybody.Answer.Shift, everybody.To = nil, nil, whatif.Curve{}, nil, nil, everybody.From
	everybody.Places[2][1], everybody.Answer.To = 0, everybody.From
	drawn := &album{}
	for i, w := range []*WhatIf{asked(), everybody, {Waiting: "Reading the model and the customers …"}} {
		for _, size := range [][2]int{{60, 20}, {88, 36}, {30, 9}} {
			f := frame(done, step, size[0], size[1], chart.NoColor)
			f.View, f.Cursor, f.WhatIf = slices.Index(Views(f), WhatIfView)+1, 3, w
			if err := fits(f); err != nil {
				t.Error(err)
			}
			drawn.add(fmt.Sprintf("%s · %d×%d", []string{"one customer", "everybody", "waiting"}[i], f.Width, f.Height), ansi.Strip(Pane(f)))
		}
	}
	drawn.compare(t, "testdata/golden/whatif.txt")
}

func TestAllViewsAreAsLongAtAnyHeight(t *testing.T) {
	events := recorded(t)
	for _, id := range []string{"train", "explain"} {
		step, err := pipeline.FindStep(id)
		if err != nil {
			t.Fatal(err)
		}
		f := frame(at(t, events, step, pipeline.Done), step, 100, 40, chart.NoColor)
		f.View = 0
		n := Length(f)
		f.Height = n + 3
		pane := ansi.Strip(Pane(f))
		if Length(f) != n || strings.Contains(pane, "[1-") {
			t.Errorf("%s has %d lines at a height of 40, and %d where there is room for them", id, n, Length(f))
		}
		for _, v := range pictures[id].views {
			alone := f
			alone.View, alone.Height = slices.Index(Views(f), v.name)+1, 200
			lines := strings.Split(strings.TrimRight(ansi.Strip(Pane(alone)), "\n "), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "Look:") && !strings.Contains(pane, last) {
				t.Errorf("%s does not show %s as a whole: %q is missing", id, v.name, last)
			}
		}
	}
}
