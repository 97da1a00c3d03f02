package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"willbuy/pipeline/buyers"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// listed is how many likely buyers are listed.
const listed = PreviewRows

// showActions shows what would move purchases most and who will most likely
// buy. The facts are what is worth a headline.
func (e *explained) showActions(ctx context.Context, x *Exec) (map[string]any, error) {
	study, err := e.study(ctx, x)
	if err != nil {
		return nil, err
	}
	facts := map[string]any{"caveat": whatif.Caveat}
	x.Phase("weighing levers")
	levers, err := study.Levers(ctx, e.people, e.inputs, e.truth)
	if err != nil {
		return nil, err
	}
	x.showLevers(levers)
	if answer, ok := whatif.TechnicalOrProduct(levers); ok {
		facts["answer"] = answer.String()
	}
	x.Phase("listing likely buyers")
	worth, err := e.showBuyers(ctx, x, study)
	if worth != "" {
		facts["worth"] = worth
	}
	return facts, err
}

// study prepares what-if questions about everybody, with models trained again
// for the intervals.
func (e *explained) study(ctx context.Context, x *Exec) (*whatif.Study, error) {
	params, err := treeParams(e.report.Params)
	if err != nil {
		return nil, err
	}
	params.Rounds = len(e.model.Trees)
	var refits []*gbtree.Model
	if n := x.Values.Int("refits"); n > 0 {
		refits, err = whatif.Refit(ctx, params, e.rows.inner, n, refitSeed, func(done int) {
			x.Progress(int64(done), int64(n), "models for intervals")
		})
		if err != nil {
			return nil, err
		}
	}
	return whatif.New(e.model, e.people, refits)
}

// showLevers shows, for each input, the best realistic change of it.
func (x *Exec) showLevers(levers []whatif.Lever) {
	var rows [][]any
	for _, l := range levers {
		row := []any{l.Feature.Name, string(l.Feature.Kind), "no change that was tried helps", int64(0), 0.0, nil, nil, nil}
		if l.Move != nil {
			e := l.Effect
			row[2], row[3], row[4] = l.Move.Text(l.Feature), e.Moved, e.PerThousand(e.Change)
			if e.Interval != nil {
				row[5], row[6] = e.PerThousand(e.Interval.Low), e.PerThousand(e.Interval.High)
			}
			if l.Truth != nil {
				row[7] = e.PerThousand(*l.Truth)
			}
		}
		rows = append(rows, row)
	}
	x.Table("levers", "What would move purchases most", []store.Column{{Name: "FEATURE", Type: store.String}, {Name: "KIND", Type: store.String},
		{Name: "CHANGE", Type: store.String}, {Name: "CUSTOMERS", Type: store.Int}, {Name: "PER_1000", Type: store.Float}, {Name: "LOW", Type: store.Float},
		{Name: "HIGH", Type: store.Float}, {Name: "TRUE_PER_1000", Type: store.Float}}, rows)
}

// showBuyers lists who will most likely buy, why, and what would help, and shows
// what such a list is worth. The sentence says so for a list of a tenth.
func (e *explained) showBuyers(ctx context.Context, x *Exec, study *whatif.Study) (worth string, err error) {
	cells, part := e.fair()
	groups := scoredCells(e.model, cells)
	calibrator := metrics.Isotonic(coarse(groups))
	best := fmt.Sprintf("INNER JOIN %[2]s p ON p.%[1]s = e.%[1]s ORDER BY p.PREDICTION DESC, e.%[1]s", Ident(x.Lab.ID), PredictionsTable)
	people, err := customers(ctx, x.Store, x.Lab, best, listed)
	if err != nil {
		return "", err
	}
	top := make([]buyers.Customer, len(people))
	for i, c := range people {
		top[i] = buyers.Customer{Row: int64(i + 1), Score: float64(e.model.Predict(c.Row)), Values: c.Row}
	}
	list := buyers.List{Study: study, Explainer: e.explainer, Features: e.inputs, Calibrator: &calibrator}
	found, err := list.Explain(ctx, top, nil)
	if err != nil {
		return "", err
	}
	var rows [][]any
	for i, b := range found {
		row := []any{people[i].ID, people[i].Group, b.Probability, people[i].Bought, nil, nil, nil, nil}
		for j, r := range b.Reasons {
			row[4+j] = r.String()
		}
		if b.Lever != nil {
			row[7] = buyers.LeverText(*b.Lever)
		}
		rows = append(rows, row)
	}
	x.Table("buyers", "Who will most likely buy", []store.Column{{Name: x.Lab.ID, Type: store.String}, {Name: x.Lab.Group, Type: store.String},
		{Name: "PROBABILITY", Type: store.Float}, {Name: "BOUGHT", Type: store.Boolean}, {Name: "REASON_1", Type: store.String}, {Name: "REASON_2", Type: store.String},
		{Name: "REASON_3", Type: store.String}, {Name: "LEVER", Type: store.String}}, rows)
	x.showGain(groups, part)
	total := int64(0)
	for _, g := range groups {
		total += int64(g.Total)
	}
	if w, ok := buyers.WorthOf(groups, max(1, total/scoreParts)); ok {
		worth = w.String()
	}
	return worth, nil
}

// leastCalibrated is how many customers a calibrated probability rests on at
// least: among fewer it would be 100 % wherever the best few all bought.
const leastCalibrated = 40

// coarse puts groups with neighbouring scores together until each has enough
// customers; a group has the lowest of its scores.
func coarse(groups []metrics.Group) []metrics.Group {
	sorted := slices.SortedFunc(slices.Values(groups), func(a, b metrics.Group) int { return cmp.Compare(b.Score, a.Score) })
	var out []metrics.Group
	for _, g := range sorted {
		if n := len(out); n > 0 && out[n-1].Total < leastCalibrated {
			out[n-1] = metrics.Group{Score: g.Score, Positive: out[n-1].Positive + g.Positive, Total: out[n-1].Total + g.Total}
			continue
		}
		out = append(out, g)
	}
	return out
}
