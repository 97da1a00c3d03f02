package metrics

import (
	"math"
	"slices"
)

// Outcome is the rows that share their prediction and their label.
type Outcome struct {
	Scores []float64 // one, or of Classes a probability for each
	Label  float64
	Rows   float64
}

// Kind is what a model predicts, which decides what can be measured.
type Kind int

const (
	Probability Kind = iota // of label 1: scores in 0…1, labels 0 and 1
	Ranking                 // scores on any scale, labels 0 and 1
	Number                  // scores and labels on one scale
	Classes                 // a probability for each of the labels 0…K−1
)

// Measure gives the metrics of a kind by name: those of Binary for Probability
// and Ranking; otherwise rows and, for Number,
//
//	rmse          root of the mean squared distance from the label
//	mae           mean absolute distance from the label
//	r2            share of the labels' variance that the scores explain, 1 − SSE/SST,
//	              as scikit-learn's r2_score; NaN where all labels are alike
//
// and for Classes
//
//	mlogloss      mean of −ln of the probability given to the true class, which
//	              counts as 1e-16 at least (XGBoost's)
//	merror        share of rows whose most probable class, the first of equals, is
//	              not the true one (XGBoost's)
//
// Without rows all but rows are NaN.
func (k Kind) Measure(outcomes []Outcome) map[string]float64 {
	switch k {
	case Number:
		return measureNumbers(outcomes)
	case Classes:
		return measureClasses(outcomes)
	}
	return Binary(Groups(outcomes), k == Probability)
}

// judged are the metrics that tell a better model from a worse one, in the order
// people read them. (Not ece: resampling scatters the rates of its bins, so that
// nearly every resample has a larger one.)
var judged = []struct {
	name   string
	higher bool // whether higher is better
}{
	{"auc", true}, {"pr_auc", true}, {"ks", true}, {"logloss", false}, {"mlogloss", false},
	{"brier", false}, {"error", false}, {"merror", false}, {"rmse", false}, {"mae", false}, {"r2", true},
}

// HigherIsBetter tells the direction of a metric, XGBoost's aucpr among them.
func HigherIsBetter(metric string) bool {
	for _, m := range judged {
		if m.name == metric {
			return m.higher
		}
	}
	return metric == "aucpr"
}

// Groups are the outcomes of a 0/1 label, those of one score that stand side by
// side in one group.
func Groups(outcomes []Outcome) []Group {
	groups := make([]Group, 0, len(outcomes))
	for _, o := range outcomes {
		if n := len(groups); n == 0 || groups[n-1].Score != o.Scores[0] {
			groups = append(groups, Group{Score: o.Scores[0]})
		}
		g := &groups[len(groups)-1]
		g.Positive += o.Rows * o.Label
		g.Total += o.Rows
	}
	return groups
}

// Outcomes are the rows of groups, apart by label.
func Outcomes(groups []Group) []Outcome {
	var outcomes []Outcome
	for _, g := range groups {
		scores := []float64{g.Score}
		outcomes = append(outcomes, Outcome{scores, 0, g.Total - g.Positive}, Outcome{scores, 1, g.Positive})
	}
	return outcomes
}

func measureNumbers(outcomes []Outcome) map[string]float64 {
	rows, labels, squares, absolute := 0.0, 0.0, 0.0, 0.0
	for _, o := range outcomes {
		off := o.Scores[0] - o.Label
		rows += o.Rows
		labels += o.Rows * o.Label
		squares += o.Rows * off * off
		absolute += o.Rows * math.Abs(off)
	}
	mean, variance := labels/rows, 0.0
	for _, o := range outcomes {
		variance += o.Rows * (o.Label - mean) * (o.Label - mean)
	}
	r2 := math.NaN()
	if variance > 0 {
		r2 = 1 - squares/variance
	}
	return map[string]float64{"rows": rows, "rmse": math.Sqrt(squares / rows), "mae": absolute / rows, "r2": r2}
}

func measureClasses(outcomes []Outcome) map[string]float64 {
	rows, loss, right := 0.0, 0.0, 0.0
	for _, o := range outcomes {
		rows += o.Rows
		loss += o.Rows * surprise(o.Scores[int(o.Label)])
		if mostProbable(o.Scores) == int(o.Label) {
			right += o.Rows
		}
	}
	return map[string]float64{"rows": rows, "mlogloss": loss / rows, "merror": (rows - right) / rows}
}

// ConfusionClasses counts the rows of Classes: [true class][most probable class].
func ConfusionClasses(outcomes []Outcome) [][]float64 {
	var counts [][]float64
	for _, o := range outcomes {
		for len(counts) < len(o.Scores) {
			counts = append(counts, make([]float64, len(o.Scores)))
		}
		counts[int(o.Label)][mostProbable(o.Scores)] += o.Rows
	}
	return counts
}

// mostProbable is the class with the highest score, the first of equals.
func mostProbable(scores []float64) int { return slices.Index(scores, slices.Max(scores)) }
