package views

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

func TestAFilteredDashboardShowsItsConditionsBesideEverybodysFigures(t *testing.T) {
	step, err := pipeline.FindStep("dashboard")
	if err != nil {
		t.Fatal(err)
	}
	columns := []store.Column{{Name: "CUSTOMERS"}, {Name: "PURCHASE_RATE"}, {Name: "SENTIMENT"}, {Name: "RATING"}, {Name: "DETAILED"}}
	totals := func(n, rate float64) pipeline.Table {
		return pipeline.Table{Name: "totals", Title: "All", Columns: columns, Rows: [][]any{{n, rate, 0.1, 3.5, 0.25}}, Total: 1}
	}
	state := &pipeline.State{}
	st := state.Step("dashboard")
	st.Status, st.Tables = pipeline.Done, []pipeline.Table{totals(1991, 0.409)}
	conditions := []ShopCondition{{"product type", "phone\x1b[2J"}, {"review quality", ""}}
	tests := []struct {
		name  string
		shop  *Shop
		shows []string
		hides string
	}{
		{"no filter", nil, []string{"40.9%", "1,991"}, "all 40.9%"},
		{"being set", &Shop{Conditions: conditions, At: 1, Doing: "asking …"}, []string{"Filter the customers", `phone\x1b[2J`, "▸ review quality", "◂ any ▸", "asking …", "40.9%"}, "all 40.9%"},
		{"set", &Shop{Conditions: conditions, At: -1, Tables: []pipeline.Table{totals(240, 0.25)}}, []string{`▾ product type phone\x1b[2J`, "240 of 1,991 customers", "25.0%", "all 40.9%"}, "review quality"},
		{"nobody", &Shop{Conditions: conditions, At: -1, Tables: []pipeline.Table{totals(0, 0)}}, []string{"0 of 1,991 customers", "No customer meets all of this."}, "NaN"},
		{"cannot be had", &Shop{Conditions: conditions, At: -1, Fault: "the file is in use"}, []string{"! the file is in use", "40.9%"}, "No customer"},
	}
	for _, test := range tests {
		for _, size := range [][2]int{{40, 12}, {69, 20}, {118, 46}} {
			f := frame(state, step, size[0], size[1], chart.NoColor)
			f.Shop = test.shop
			text := ansi.Strip(strings.Join(content(f).lines, "\n"))
			for _, want := range test.shows {
				if size[0] > 40 && !strings.Contains(text, want) {
					t.Errorf("%s at %v: %q is not in\n%s", test.name, size, want, text)
				}
			}
			if strings.Contains(text, test.hides) {
				t.Errorf("%s at %v: %q is in\n%s", test.name, size, test.hides, text)
			}
			for line := range strings.SplitSeq(Pane(f), "\n") {
				if ansi.StringWidth(line) > size[0] {
					t.Errorf("%s at %v: a line of %d cells: %q", test.name, size, ansi.StringWidth(line), line)
				}
			}
		}
	}
}
