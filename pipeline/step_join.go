package pipeline

import (
	"context"
	"errors"
	"fmt"

	"willbuy/store"
)

var joinStep = &Step{
	ID: "join", Title: "Join", Version: 1, Needs: []string{"sentiment"},
	Question: "whose review belongs to which visit?",
	Look:     "The row count: how many customers have a usable review?",
	Params: []Param{
		{Name: "sql", Kind: SQLParam, Text: "join", Gives: joinGives, Help: "the SELECT that gives the joined rows"},
	},
	Code: func(l Lab, v Values) string { return v.sql("sql", "join", l) },
	Checks: []Rule{
		{Name: "no customer stands twice in the joined data", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %[2]s, COUNT(*) FROM %[1]s GROUP BY %[2]s HAVING COUNT(*) > 1", Ident(l.Joined), Ident(l.ID))
		}},
		{Name: "every joined row has a label", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %s FROM %s WHERE %s IS NULL", Ident(l.ID), Ident(l.Joined), Ident(l.Label))
		}},
	},
	Run: join,
}

// joinGives are the columns that later steps take from the joined rows.
func joinGives(l Lab) []store.Column {
	columns := []store.Column{{Name: l.ID}, {Name: l.Text}, {Name: l.Quality}, {Name: l.Sentiment, Type: store.Float},
		{Name: l.Group}, l.column(l.Rating), l.column(l.Label)}
	for _, c := range l.Encode {
		columns = append(columns, store.Column{Name: c})
	}
	for _, f := range l.Features {
		if l.Source(f) == "" {
			columns = append(columns, l.column(f))
		}
	}
	return columns
}

func join(ctx context.Context, x *Exec) (StepFinished, error) {
	text, err := x.sql(ctx, "sql")
	if err != nil {
		return StepFinished{}, err
	}
	err = x.Write(ctx, "all", x.Fingerprint, func(w store.Writer) error {
		_, err := w.CreateAs(x.Lab.Joined, text)
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, x.Lab.Joined, Ident(x.Lab.ID))
	if err != nil {
		return out, err
	}
	if out.Rows == 0 && x.Values["sql"] != "" {
		return out, Hint(errors.New("the edited SQL gives no row"), "Look at its WHERE, or put the step's own back: willbuy run --set join.sql=")
	}
	if out.Rows == 0 {
		return out, Hint(errors.New("no customer has a review: the join is empty"),
			fmt.Sprintf("Compare the ids: %s in %s and in %s must be the same UUIDs.", x.Lab.ID, x.Lab.Tabular, x.Lab.Reviews))
	}
	customers, err := x.Count(ctx, "SELECT COUNT(*) FROM "+Ident(x.Lab.Tabular))
	if err != nil {
		return out, err
	}
	out.Unit = "rows"
	if x.Values["sql"] != "" { // whoever edited it may have left customers out, or brought more in
		out.Summary = fmt.Sprintf("%s by the edited SQL, of %s; %d columns.", Plural(out.Rows, "row"), Plural(customers, "customer"), len(out.Schema))
		return out, nil
	}
	out.Facts = map[string]any{"customers": customers, "without_review": customers - out.Rows}
	out.Summary = fmt.Sprintf("%s of %s customers have a review; %d columns.", Thousands(out.Rows), Thousands(customers), len(out.Schema))
	return out, nil
}
