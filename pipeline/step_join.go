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
	Why: `Joins the customers with their scored reviews by UUID, in the database.
It is an inner join: customers without a review, and reviews without a customer, are left out and counted.`,
	Look: "The row count: how many customers have a usable review?",
	Code: func(l Lab, _ Values) string { return SQL("join", l) },
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

func join(ctx context.Context, x *Exec) (StepFinished, error) {
	err := x.Write(ctx, "all", x.Fingerprint, func(w store.Writer) error {
		_, err := w.CreateAs(x.Lab.Joined, SQL("join", x.Lab))
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, x.Lab.Joined, Ident(x.Lab.ID))
	if err != nil {
		return out, err
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
	out.Facts = map[string]any{"customers": customers, "without_review": customers - out.Rows}
	out.Summary = fmt.Sprintf("%s of %s customers have a review; %d columns.", Thousands(out.Rows), Thousands(customers), len(out.Schema))
	return out, nil
}
