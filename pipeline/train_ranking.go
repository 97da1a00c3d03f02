package pipeline

import (
	"cmp"
	"slices"

	"willbuy/pipeline/metrics"
	"willbuy/store"
)

// thresholds is how many scores right and wrong are counted at: 0.02, 0.04, … so
// that a threshold can be moved in a recorded run too, and XGBoost's own, 0.5, is
// among them.
const thresholds = PreviewRows - 1

// showThresholds counts who is right and wrong at each threshold.
func (x *Exec) showThresholds(groups []metrics.Group, part string) {
	var rows [][]any
	for i := range thresholds {
		at := float64(i+1) / PreviewRows
		c := metrics.Confusion(groups, at)
		rows = append(rows, []any{at, c.TruePositive, c.FalsePositive, c.FalseNegative, c.TrueNegative, c.Precision(), c.Recall(), c.F1()})
	}
	x.Table("confusion", "Right and wrong on "+part+" rows", []store.Column{{Name: "THRESHOLD", Type: store.Float}, {Name: "TRUE_POSITIVE", Type: store.Int},
		{Name: "FALSE_POSITIVE", Type: store.Int}, {Name: "FALSE_NEGATIVE", Type: store.Int}, {Name: "TRUE_NEGATIVE", Type: store.Int},
		{Name: "PRECISION", Type: store.Float}, {Name: "RECALL", Type: store.Float}, {Name: "F1", Type: store.Float}}, rows)
}

// showRanking shows the ROC curve and that of precision and recall, which need
// the same counts: at scores that lie about as far apart along the first.
func (x *Exec) showRanking(groups []metrics.Group, part string) {
	x.Table("ranking", "Buyers ranked above others on "+part+" rows", []store.Column{{Name: "SCORE", Type: store.Float}, {Name: "FALSE_ALARMS", Type: store.Float},
		{Name: "RECALL", Type: store.Float}, {Name: "PRECISION", Type: store.Float}}, ranking(groups))
}

// ranking gives at falling scores the share of the others that score as high,
// the share of the buyers that do, and the share of buyers among both. There is
// none where all or none bought.
func ranking(groups []metrics.Group) [][]any {
	sorted := slices.SortedFunc(slices.Values(groups), func(a, b metrics.Group) int { return cmp.Compare(b.Score, a.Score) })
	bought, all := 0.0, 0.0
	for _, g := range sorted {
		bought += g.Positive
		all += g.Total
	}
	if bought == 0 || bought == all {
		return nil
	}
	const apart = 2.0 / (PreviewRows - 2) // the way from 0, 0 to 1, 1 along the axes, in so many parts
	var rows [][]any
	found, called, next := 0.0, 0.0, 0.0
	for i, g := range sorted {
		found += g.Positive
		called += g.Total
		last := i == len(sorted)-1
		if !last && sorted[i+1].Score == g.Score {
			continue
		}
		alarms, recall := (called-found)/(all-bought), found/bought
		if alarms+recall >= next || last {
			rows = append(rows, []any{g.Score, alarms, recall, found / called})
			next = alarms + recall + apart
		}
	}
	return rows
}
