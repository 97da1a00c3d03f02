// Package metrics measures predictions: how well they rank, how close they are,
// how far they can be believed, and how sure all that is.
//
// Everything is computed from groups of rows that share a prediction, because
// that is what training on cells leaves: a few thousand groups stand for any
// number of rows, and the numbers are those of the rows, exactly. Group is for
// labels 0 and 1, Outcome for any label; intervals and comparisons of models
// take the latter.
package metrics

import (
	"cmp"
	"math"
	"slices"
)

// Group is the rows that share one prediction.
type Group struct {
	Score    float64 // the prediction
	Positive float64 // sum of the rows' 0/1 labels
	Total    float64 // number of rows
}

// Names are the metrics that Binary gives, in the order people read them.
var Names = []string{"rows", "base_rate", "auc", "pr_auc", "ks", "logloss", "logloss_base", "brier", "error", "ece", "rmse"}

// calibrationBins is the number of bins of ece: deciles, as is usual.
const calibrationBins = 10

// Binary returns the metrics of Names that fit the scores:
//
//	rows          number of rows
//	base_rate     share of rows with label 1
//	auc           area under the ROC curve; a tied pair counts half
//	pr_auc        average precision, Σ (Rₖ−Rₖ₋₁)·Pₖ over the distinct scores as
//	              in scikit-learn's average_precision_score; XGBoost's aucpr
//	              interpolates between them and is another number: AUCPR
//	ks            Kolmogorov–Smirnov: largest |true − false positive rate|
//
// and for probabilities
//
//	logloss       mean of −ln of the probability given to the true label, which
//	              counts as 1e-16 at least (XGBoost's)
//	logloss_base  log loss of predicting base_rate for every row
//	brier         mean squared distance from the label (Brier 1950)
//	error         share of rows on the wrong side of 0.5 (XGBoost's: score > 0.5
//	              predicts 1)
//	ece           expected calibration error: mean |mean score − observed rate|
//	              over the ten bins of Calibration, weighted by rows. Guo et al.
//	              2017 take bins of equal width; these hold equally many rows
//
// otherwise
//
//	rmse          root of the mean squared distance from the label
//
// Groups may come in any order and scores may repeat. What is not defined is
// NaN: auc and ks where all labels are alike, pr_auc without a label 1,
// everything but rows where there are none.
func Binary(groups []Group, probability bool) map[string]float64 {
	r := rank(groups)
	positive, total := r.sums()
	base := positive / total
	m := map[string]float64{
		"rows": total, "base_rate": base,
		"auc": r.auc(), "pr_auc": r.averagePrecision(), "ks": r.kolmogorovSmirnov(),
	}
	squared := r.mean(func(p float64) float64 { return (1 - p) * (1 - p) }, func(p float64) float64 { return p * p })
	if !probability {
		m["rmse"] = math.Sqrt(squared)
		return m
	}
	m["logloss"] = r.mean(surprise, func(p float64) float64 { return surprise(1 - p) })
	m["logloss_base"] = ranked{{base, positive, total}}.mean(surprise, func(p float64) float64 { return surprise(1 - p) })
	m["brier"] = squared
	m["error"] = r.mean(
		func(p float64) float64 { return zeroOne(p <= 0.5) },
		func(p float64) float64 { return zeroOne(p > 0.5) })
	m["ece"] = expectedCalibrationError(r.calibration(calibrationBins))
	return m
}

// ranked are groups by falling score, each score once, none without rows.
type ranked []Group

func rank(groups []Group) ranked {
	sorted := slices.Clone(groups)
	slices.SortFunc(sorted, func(a, b Group) int { return cmp.Compare(b.Score, a.Score) })
	r := ranked(sorted[:0])
	for _, g := range sorted {
		switch last := len(r) - 1; {
		case g.Total == 0:
		case last >= 0 && cmp.Compare(r[last].Score, g.Score) == 0: // NaN equals NaN here
			r[last].Positive += g.Positive
			r[last].Total += g.Total
		default:
			r = append(r, g)
		}
	}
	return r
}

func (r ranked) sums() (positive, total float64) {
	for _, g := range r {
		positive += g.Positive
		total += g.Total
	}
	return positive, total
}

// mean averages over all rows a loss of the score for label 1 and for label 0.
func (r ranked) mean(one, zero func(score float64) float64) float64 {
	sum, total := 0.0, 0.0
	for _, g := range r {
		sum += g.Positive*one(g.Score) + (g.Total-g.Positive)*zero(g.Score)
		total += g.Total
	}
	return sum / total
}

// auc is the share of pairs of a positive and a negative row that the scores
// order rightly, ties counting half (Hanley and McNeil 1982).
func (r ranked) auc() float64 {
	right, above := 0.0, 0.0 // above: positives with a higher score
	for _, g := range r {
		right += (g.Total - g.Positive) * (above + g.Positive/2)
		above += g.Positive
	}
	positive, total := r.sums()
	return right / positive / (total - positive) // 0/0 where all labels are alike
}

func (r ranked) averagePrecision() float64 {
	sum, found, seen := 0.0, 0.0, 0.0
	for _, g := range r {
		found += g.Positive
		seen += g.Total
		sum += g.Positive * found / seen
	}
	return sum / found
}

// AUCPR is XGBoost's aucpr: the area under the precision-recall curve, between
// two distinct scores along the curve that an even mixture of the rows gives
// (Davis and Goadrich 2006; its integral is Keilwagen et al. 2014). It is NaN
// where all labels are alike, as XGBoost gives none there.
func AUCPR(groups []Group) float64 {
	r := rank(groups)
	positive, total := r.sums()
	if positive == 0 || positive == total {
		return math.NaN()
	}
	area, found, wrong := 0.0, 0.0, 0.0 // true and false positives so far
	for _, g := range r {
		if g.Positive > 0 {
			// Recall t has the precision t/(a·t + b) on the way to the next score.
			perFound := (g.Total - g.Positive) / g.Positive
			a, b := 1+perFound, (wrong-perFound*found)/positive
			from, to := found/positive, (found+g.Positive)/positive
			if b == 0 {
				area += (to - from) / a
			} else {
				area += (to - from - b/a*(math.Log(a*to+b)-math.Log(a*from+b))) / a
			}
		}
		found += g.Positive
		wrong += g.Total - g.Positive
	}
	return area
}

func (r ranked) kolmogorovSmirnov() float64 {
	positive, total := r.sums()
	if positive == 0 || positive == total {
		return math.NaN()
	}
	largest, found, seen := 0.0, 0.0, 0.0
	for _, g := range r {
		found += g.Positive
		seen += g.Total
		largest = max(largest, math.Abs(found/positive-(seen-found)/(total-positive)))
	}
	return largest
}

// surprise is −ln p, p no closer to 0 than XGBoost lets it.
func surprise(p float64) float64 { return -math.Log(max(p, 1e-16)) }

func zeroOne(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
