package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"willbuy/pipeline/whatif"
)

var explainStep = &Step{
	ID: "explain", Title: "Explain", Version: 3, Needs: []string{"register"},
	Question: "what moved each prediction?",
	Look:     "The importance bars, then a customer: which single thing spoke against buying?",
	Params: []Param{
		{Name: "customer", Kind: StringParam, Default: "", Help: "id of the customer to show; empty for the one with the strongest contributions"},
		{Name: "refits", Kind: IntParam, Default: fmt.Sprint(whatif.DefaultRefits), Min: 0, Max: 1000, Unit: "models", Help: "how often the model is trained again, on customers drawn anew, for the intervals of levers; 0 for none"},
	},
	Code: func(l Lab, v Values) string {
		split := Values{}
		for _, p := range mustStep("train").Params {
			split[p.Name] = p.Default
			if value, ok := v["train."+p.Name]; ok {
				split[p.Name] = value
			}
		}
		return "-- 1. the cells\n" + SQL("cells", splitText(l, split, "")) + "\n\n-- 2. prediction and contributions of each cell" +
			"\n\n-- 3. the distinct rows, each with those of its cell → EXPLAINED_CELLS\n" + SQL("distinct", l) +
			"\n\n-- 4. PREDICTIONS\n" + SQL("predictions", splitText(l, split, "")) + "\n\n-- 5. EXPLANATIONS\n" + SQL("explanations", l) +
			"\n\n-- 6. by " + l.Group + "\n" + SQL("explained_groups", l)
	},
	Checks: []Rule{
		{Name: "every encoded row has a prediction", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT e.%[1]s FROM %[2]s e LEFT JOIN %[3]s p ON p.%[1]s = e.%[1]s WHERE p.%[1]s IS NULL", Ident(l.ID), Ident(l.Encoded), PredictionsTable)
		}},
		{Name: "every prediction has an explanation", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT p.%[1]s FROM %[2]s p LEFT JOIN %[3]s x ON x.%[1]s = p.%[1]s WHERE x.%[1]s IS NULL", Ident(l.ID), PredictionsTable, ExplanationsTable)
		}},
	},
	Run: explain,
}

func explain(ctx context.Context, x *Exec) (StepFinished, error) {
	e, err := x.explained(ctx)
	if err != nil {
		return StepFinished{}, err
	}
	if err := e.contributions(ctx, x); err != nil {
		return StepFinished{}, err
	}
	if err := e.save(ctx, x); err != nil {
		return StepFinished{}, err
	}
	importance, err := e.showGlobal(ctx, x)
	if err != nil {
		return StepFinished{}, err
	}
	if err := x.showTruth(importance); err != nil {
		return StepFinished{}, err
	}
	if err := x.showCustomer(ctx); err != nil {
		return StepFinished{}, err
	}
	if err := x.showSurprises(ctx); err != nil {
		return StepFinished{}, err
	}
	facts, err := e.showActions(ctx, x)
	if err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, ExplanationsTable, Ident(x.Lab.ID))
	out.Unit = "customers"
	facts["cells"], facts["distinct_rows"], facts["bias"], facts["objective"] = e.people.Len(), e.distinct, e.explainer.Bias(), e.model.Objective
	out.Facts = facts
	out.Summary = fmt.Sprintf("%s customers explained from %s distinct rows; %s.",
		Thousands(out.Rows), Thousands(e.distinct), strongest(importance))
	return out, err
}

// strongest names the one or two inputs that move predictions most.
func strongest(importance []influence) string {
	var names []string
	for _, i := range importance[:min(2, len(importance))] {
		if i.meanAbs > 0 {
			names = append(names, i.feature)
		}
	}
	switch len(names) {
	case 0:
		return "no input moves predictions: the trees have no splits"
	case 1:
		return "only " + names[0] + " moves predictions"
	}
	return strings.Join(names, " and ") + " move predictions most"
}

// errNobody tells that there is nothing to explain.
var errNobody = Hint(errors.New("there are no rows to explain"), "Look at the join: does it have rows?")
