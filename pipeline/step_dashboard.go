package pipeline

import (
	"context"
	"fmt"
	"strings"
)

// dashboards are the dashboard's queries: the name of the text under sql/, its
// table event and its title.
var dashboards = []struct{ text, name, title string }{
	{"dashboard_totals", "totals", "All customers with a review"},
	{"dashboard_groups", "groups", "By product type"},
	{"dashboard_heat", "heat", "Purchase rate by review quality and sentiment"},
	{"dashboard_samples", "samples", "Sample reviews"},
}

var dashboardStep = &Step{
	ID: "dashboard", Title: "Dashboard", Version: 1, Needs: []string{"join"},
	Question: "who buys, and what did they write?",
	Why: `The shop at a glance: purchase rate, sentiment, rating and the share of detailed reviews, by product type, and the purchase
rate for each mix of review quality and sentiment. Every number is one SQL query away: see Code.`,
	Look: "The heat map: does a detailed but unhappy review sell worse than a happy but empty one?",
	Code: func(l Lab, _ Values) string {
		var texts []string
		for _, d := range dashboards {
			texts = append(texts, "-- "+d.title+"\n"+SQL(d.text, l)+";")
		}
		return strings.Join(texts, "\n\n")
	},
	Run: dashboard,
}

func dashboard(ctx context.Context, x *Exec) (StepFinished, error) {
	var out StepFinished
	for _, d := range dashboards {
		rows, err := x.Show(ctx, d.name, d.title, SQL(d.text, x.Lab))
		if err != nil {
			return out, fmt.Errorf("%s: %w", strings.ToLower(d.title), err)
		}
		if d.name == "totals" {
			total := plain(rows)[0]
			out.Rows, out.Unit = total[0].(int64), "customers"
			rate, _ := total[1].(float64)
			sentiment, _ := total[2].(float64)
			rating, _ := total[3].(float64)
			detailed, _ := total[4].(float64)
			out.Summary = fmt.Sprintf("%s buy; mean sentiment %+.2f, mean rating %.2f, %s of the reviews are detailed.",
				Percent(rate), sentiment, rating, Percent(detailed))
		}
	}
	return out, nil
}
