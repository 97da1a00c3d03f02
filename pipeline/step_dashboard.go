package pipeline

import (
	"context"
	"fmt"
	"strings"

	"willbuy/store"
)

// dashboards are the dashboard's queries: the parameter that holds an edited
// text, which is the name of the table event too; the step's own text under
// sql/; its title; the columns that the dashboard draws.
var dashboards = []struct {
	name, text, title string
	gives             func(Lab) []store.Column
}{
	{"totals", "dashboard_totals", "All customers with a review", func(Lab) []store.Column { return numbersNamed(totals...) }},
	{"groups", "dashboard_groups", "By product type", func(Lab) []store.Column { return numbersNamed(totals[:4]...) }},
	{"heat", "dashboard_heat", "Purchase rate by review quality and sentiment", func(l Lab) []store.Column {
		return append(numbersNamed("PURCHASE_RATE", "CUSTOMERS"), store.Column{Name: l.Quality}, store.Column{Name: "TONE"})
	}},
	{"samples", "dashboard_samples", "Sample reviews", func(l Lab) []store.Column {
		return []store.Column{{Name: l.Quality}, l.column(l.Sentiment), {Name: l.Group}, l.column(l.Label), {Name: l.Text}}
	}},
}

// totals are the numbers that the dashboard shows of everybody.
var totals = []string{"CUSTOMERS", "PURCHASE_RATE", "SENTIMENT", "RATING", "DETAILED"}

func numbersNamed(names ...string) []store.Column {
	var columns []store.Column
	for _, name := range names {
		columns = append(columns, store.Column{Name: name, Type: store.Float})
	}
	return columns
}

var dashboardStep = &Step{
	ID: "dashboard", Title: "Dashboard", Version: 1, Needs: []string{"join"},
	Question: "who buys, and what did they write?",
	Look:     "The heat map: does a detailed but unhappy review sell worse than a happy but empty one?",
	Params:   dashboardParams(),
	Code: func(l Lab, v Values) string {
		var texts []string
		for _, d := range dashboards {
			texts = append(texts, "-- "+d.title+"\n"+v.sql(d.name, d.text, l)+";")
		}
		return strings.Join(texts, "\n\n")
	},
	Run: dashboard,
}

func dashboardParams() []Param {
	var params []Param
	for _, d := range dashboards {
		params = append(params, Param{Name: d.name, Kind: SQLParam, Text: d.text, Gives: d.gives, Help: "the SELECT behind: " + d.title})
	}
	return params
}

// mostShown is how many rows of a query are read: an edited one may give more
// than anybody reads.
const mostShown = 10_000

func dashboard(ctx context.Context, x *Exec) (StepFinished, error) {
	var out StepFinished
	for _, d := range dashboards {
		text, err := x.sql(ctx, d.name)
		if err != nil {
			return out, err
		}
		result, err := x.Store.Query(ctx, text)
		if err != nil {
			return out, fmt.Errorf("%s: %w", strings.ToLower(d.title), err)
		}
		rows, err := result.Collect(mostShown)
		if err != nil {
			return out, fmt.Errorf("%s: %w", strings.ToLower(d.title), err)
		}
		x.Table(d.name, d.title, result.Columns, rows)
		if d.name == "totals" {
			if len(rows) != 1 {
				return out, fmt.Errorf("dashboard.totals gives %s, and it must be one, with the numbers of everybody", Plural(int64(len(rows)), "row"))
			}
			out.sumUp(result.Columns, plain(rows)[0])
		}
	}
	return out, nil
}

// sumUp says the totals in a sentence.
func (f *StepFinished) sumUp(columns []store.Column, row []any) {
	at := map[string]float64{}
	for i, c := range columns {
		switch v := row[i].(type) {
		case float64:
			at[strings.ToUpper(c.Name)] = v
		case int64:
			at[strings.ToUpper(c.Name)] = float64(v)
		case int32:
			at[strings.ToUpper(c.Name)] = float64(v)
		}
	}
	f.Rows, f.Unit = int64(at["CUSTOMERS"]), "customers"
	f.Summary = fmt.Sprintf("%s buy; mean sentiment %+.2f, mean rating %.2f, %s of the reviews are detailed.",
		Percent(at["PURCHASE_RATE"]), at["SENTIMENT"], at["RATING"], Percent(at["DETAILED"]))
}
