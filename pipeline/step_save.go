package pipeline

import (
	"context"
	"fmt"

	"willbuy/store"
)

var saveStep = &Step{
	ID: "save", Title: "Save", Version: 1, Needs: []string{"quality"}, Spare: true,
	Question: "what do we keep, and what did it replace?",
	Look:     "Inserted, updated, unchanged: running this step twice must not insert anything twice.",
	Code: func(l Lab, _ Values) string {
		return fmt.Sprintf("MERGE INTO %s USING (\n%s\n) ON %s", Ident(l.Reviews), SQL("latest", l), Ident(l.ID))
	},
	Checks: []Rule{
		{Name: "every UUID stands once among the reviews", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %[2]s, COUNT(*) FROM %[1]s GROUP BY %[2]s HAVING COUNT(*) > 1", Ident(l.Reviews), Ident(l.ID))
		}},
		{Name: "every classified review is saved or superseded", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT q.%[1]s FROM %[2]s q LEFT JOIN %[3]s r ON r.%[1]s = q.%[1]s WHERE r.%[1]s IS NULL", Ident(l.ID), QualityTable, Ident(l.Reviews))
		}},
	},
	Run: save,
}

func save(ctx context.Context, x *Exec) (StepFinished, error) {
	var merged store.Merged
	var superseded int64
	err := x.Write(ctx, "all", x.Fingerprint, func(w store.Writer) (err error) {
		if _, err = w.Delete(QuarantineTable, "STEP", "save"); err != nil {
			return err
		}
		if superseded, err = w.Insert(QuarantineTable, SQL("superseded", x.Lab)); err != nil {
			return err
		}
		merged, err = w.Merge(x.Lab.Reviews, x.Lab.ID, SQL("latest", x.Lab))
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	if superseded > 0 {
		x.Quarantined(Quarantine{Reason: "superseded by a later record of the same UUID", Count: superseded})
	}
	out, err := x.Made(ctx, x.Lab.Reviews, Ident(x.Lab.ID))
	out.Unit = "reviews"
	out.Facts = map[string]any{"inserted": merged.Inserted, "updated": merged.Updated, "unchanged": merged.Unchanged}
	out.Summary = fmt.Sprintf("%s reviews in %s: %s inserted, %s updated, %s unchanged.", Thousands(out.Rows), x.Lab.Reviews,
		Thousands(merged.Inserted), Thousands(merged.Updated), Thousands(merged.Unchanged))
	return out, err
}
