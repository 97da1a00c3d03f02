package metrics

import "math"

// Matrix counts rows by true label and by what is predicted.
type Matrix struct {
	TruePositive, FalsePositive, FalseNegative, TrueNegative float64
}

// Confusion predicts 1 where the score is above the threshold (not at it, as in
// XGBoost's error) and counts.
func Confusion(groups []Group, threshold float64) Matrix {
	var m Matrix
	for _, g := range groups {
		if g.Score > threshold {
			m.TruePositive += g.Positive
			m.FalsePositive += g.Total - g.Positive
		} else {
			m.FalseNegative += g.Positive
			m.TrueNegative += g.Total - g.Positive
		}
	}
	return m
}

// ConfusionTop predicts 1 for the k rows with the highest scores and counts. Of
// a tie across the border a part is predicted 1, labels and all: the expectation
// over every order of the tied rows. With k beyond the rows all are predicted 1.
func ConfusionTop(groups []Group, k float64) Matrix {
	var m Matrix
	left := max(k, 0)
	for _, g := range rank(groups) {
		part := min(left/g.Total, 1)
		left -= part * g.Total
		m.TruePositive += part * g.Positive
		m.FalsePositive += part * (g.Total - g.Positive)
		m.FalseNegative += (1 - part) * g.Positive
		m.TrueNegative += (1 - part) * (g.Total - g.Positive)
	}
	return m
}

// BestThreshold finds the threshold of Confusion at which a value is largest:
// Matrix.F1, say, or what a sale brings less what a letter costs. It lies half
// way between two scores that occur, so that rounding moves no row across; of
// equally good ones it is the highest. A threshold that predicts 1 for all lies
// just below the lowest score. NaN values do not count; where there are no
// others, or no rows, the threshold is NaN.
func BestThreshold(groups []Group, value func(Matrix) float64) (threshold float64, at Matrix) {
	r := rank(groups)
	positive, total := r.sums()
	m := Matrix{FalseNegative: positive, TrueNegative: total - positive}
	best, threshold := math.Inf(-1), math.NaN()
	for i := range len(r) + 1 { // the first i scores are predicted 1
		if i > 0 {
			g := r[i-1]
			m.TruePositive += g.Positive
			m.FalseNegative -= g.Positive
			m.FalsePositive += g.Total - g.Positive
			m.TrueNegative -= g.Total - g.Positive
		}
		if v := value(m); v > best && len(r) > 0 {
			best, at, threshold = v, m, r.between(i)
		}
	}
	return threshold, at
}

// between is a threshold that the first i scores exceed and the others do not.
func (r ranked) between(i int) float64 {
	switch {
	case i == 0:
		return r[0].Score
	case i == len(r):
		return math.Nextafter(r[i-1].Score, math.Inf(-1))
	}
	return r[i].Score + (r[i-1].Score-r[i].Score)/2
}

// Precision is the share of label 1 among rows predicted 1; NaN without any.
func (m Matrix) Precision() float64 { return m.TruePositive / (m.TruePositive + m.FalsePositive) }

// Recall is the share of rows with label 1 that are predicted 1; NaN without any.
func (m Matrix) Recall() float64 { return m.TruePositive / (m.TruePositive + m.FalseNegative) }

// Specificity is the share of rows with label 0 that are predicted 0; NaN
// without any.
func (m Matrix) Specificity() float64 { return m.TrueNegative / (m.TrueNegative + m.FalsePositive) }

// Accuracy is the share of rows that are predicted rightly; NaN without rows.
func (m Matrix) Accuracy() float64 {
	return (m.TruePositive + m.TrueNegative) / (m.TruePositive + m.FalsePositive + m.FalseNegative + m.TrueNegative)
}

// F1 is the harmonic mean of precision and recall; NaN where there is neither a
// label 1 nor a prediction of it.
func (m Matrix) F1() float64 {
	return 2 * m.TruePositive / (2*m.TruePositive + m.FalsePositive + m.FalseNegative)
}
