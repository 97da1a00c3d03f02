package main

import (
	"context"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// levers answers the lab's closing question.
func (a asking) levers(ctx context.Context, truth func([]float32) float64) error {
	levers, err := a.study.Levers(ctx, a.who, a.shop.inputs, truth)
	if err != nil {
		return err
	}
	answer, both := whatif.TechnicalOrProduct(levers)
	if a.json {
		result := map[string]any{"customers": a.who.Customers(), "levers": levers, "refits": a.study.Refits(), "caveat": whatif.Caveat}
		if why := a.noInterval(); why != "" {
			result["no_interval"] = why
		}
		if both {
			result["answer"], result["sentence"] = answer, answer.String()
		}
		return a.object(result)
	}
	columns := []store.Column{column("WHAT WOULD HELP", store.String), column("KIND", store.String), column("CHANGED", store.String), column("PER 1,000", store.String)}
	if a.study.Refits() > 0 {
		columns = append(columns, column("90% OF MODELS", store.String))
	}
	if truth != nil {
		columns = append(columns, column("TRULY", store.String))
	}
	var rows [][]any
	for _, l := range levers {
		row := []any{l.Text(), string(l.Feature.Kind), "", "±0"}
		if l.Move != nil {
			row = []any{l.Text(), string(l.Feature.Kind), pipeline.Percent(float64(l.Effect.Moved) / float64(l.Effect.Customers)), plus(l.Effect.PerThousand(l.Effect.Change))}
		}
		if a.study.Refits() > 0 {
			text := ""
			if in := l.Effect.Interval; in != nil {
				text = plus(l.Effect.PerThousand(in.Low)) + " to " + plus(l.Effect.PerThousand(in.High))
			}
			row = append(row, text)
		}
		if truth != nil {
			text := ""
			if l.Truth != nil {
				text = plus(l.Effect.PerThousand(*l.Truth))
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	if err := a.table(columns, rows); err != nil {
		return err
	}
	a.paragraph("%s: of 1,000 customers so many more are expected to buy, each change by itself. CHANGED is for how many it makes a difference.", a.people())
	if a.study.Refits() > 0 {
		a.paragraph("90%% OF MODELS: nine in ten of %d models trained on customers drawn anew say so. What all of them get wrong alike, such as effects too small for so few rows, it does not show.", a.study.Refits())
	} else {
		a.sentences("There is %s (--label).", whatif.NoInterval)
	}
	if both {
		a.paragraph("%s", answer)
	}
	a.paragraph("%s", whatif.Caveat)
	return nil
}
