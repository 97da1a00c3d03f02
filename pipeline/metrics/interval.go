package metrics

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is where a metric lies with the probability that was asked for.
type Interval struct {
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Method string  `json:"method"` // DeLong, Wilson or bootstrap
}

// The methods of intervals.
const (
	byDeLong    = "DeLong"
	byWilson    = "Wilson"
	byBootstrap = "bootstrap"
)

// quantile is the number of standard deviations within which a normal number
// lies with probability level.
func quantile(level float64) float64 { return distuv.UnitNormal.Quantile((1 + level) / 2) }

// Wilson is the score interval of a share of rows (Wilson 1927): unlike the
// share ± its standard error it stays within 0…1 and holds its level for few
// rows and rare labels.
func Wilson(rows, of, level float64) Interval {
	z := quantile(level)
	share, pull := rows/of, z*z/of
	middle := (share + pull/2) / (1 + pull)
	half := z / (1 + pull) * math.Sqrt(share*(1-share)/of+pull/(4*of))
	return Interval{max(middle-half, 0), min(middle+half, 1), byWilson}
}

// placement is, for each outcome, the share of the rows of the other label that
// its rows are rightly ranked against, ties counting half. The mean over the
// rows of either label is the AUC. They are DeLong's structural components,
// found by one sort (Sun and Xu 2014).
func placement(outcomes []Outcome) []float64 {
	order := make([]int, len(outcomes)) // by rising score
	positives, negatives := labels(outcomes)
	for i := range outcomes {
		order[i] = i
	}
	score := func(i int) float64 { return outcomes[i].Scores[0] }
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(score(i), score(j)) })
	share := make([]float64, len(outcomes))
	below := [2]float64{} // rows of label 0 and 1 with a lower score
	for at := 0; at < len(order); {
		end, tied := at, [2]float64{}
		for ; end < len(order) && score(order[end]) == score(order[at]); end++ {
			tied[int(outcomes[order[end]].Label)] += outcomes[order[end]].Rows
		}
		for _, i := range order[at:end] {
			if outcomes[i].Label == 1 {
				share[i] = (below[0] + tied[0]/2) / negatives
			} else {
				share[i] = (positives - below[1] - tied[1]/2) / positives
			}
		}
		below[0] += tied[0]
		below[1] += tied[1]
		at = end
	}
	return share
}

// delong is the interval of an AUC, or of the difference of two on the same
// rows, from the placements or their differences (DeLong, DeLong and
// Clarke-Pearson 1988), and the two-sided probability of as large a number if
// the true one were 0. It does not exist with fewer than two rows of a label.
func delong(outcomes []Outcome, share []float64, level float64) (i Interval, p float64, ok bool) {
	positives, negatives := labels(outcomes)
	if positives < 2 || negatives < 2 {
		return i, 0, false
	}
	mean, variance := 0.0, 0.0
	for k, o := range outcomes {
		mean += o.Label * o.Rows * share[k] / positives // exactly 0 where two models rank alike
	}
	for k, o := range outcomes {
		n := negatives
		if o.Label == 1 {
			n = positives
		}
		variance += o.Rows * (share[k] - mean) * (share[k] - mean) / (n - 1) / n
	}
	deviation := math.Sqrt(variance)
	half := quantile(level) * deviation
	p = 1
	if mean != 0 {
		p = 2 * distuv.UnitNormal.CDF(-math.Abs(mean)/deviation)
	}
	return Interval{max(mean-half, -1), min(mean+half, 1), byDeLong}, p, true
}

// labels counts the rows of label 1 and of label 0.
func labels(outcomes []Outcome) (positives, negatives float64) {
	for _, o := range outcomes {
		if o.Label == 1 {
			positives += o.Rows
		} else {
			negatives += o.Rows
		}
	}
	return positives, negatives
}
