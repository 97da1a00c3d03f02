package metrics

import (
	"math"
	"sort"
)

// Calibrator turns scores into probabilities by a rising step function: a score
// from From[i] up to From[i+1] has the probability Rate[i]. It is plain data:
// store it as JSON.
type Calibrator struct {
	From []float64 `json:"from"` // rising
	Rate []float64 `json:"rate"` // rising too, in 0…1
}

// Isotonic fits the rising step function with the least squared error (which
// for labels 0 and 1 is also the likeliest) by pooling adjacent violators
// (Barlow et al. 1972; as calibration Zadrozny and Elkan 2002). Fit it on rows
// that the model was not trained on. The steps are those of scikit-learn's
// IsotonicRegression, which draws straight lines between them. Groups may come
// in any order; without rows every score is given a NaN.
func Isotonic(groups []Group) Calibrator {
	r := rank(groups)
	var blocks []Group // by rising score, each with the lowest score in it
	for i := len(r) - 1; i >= 0; i-- {
		blocks = append(blocks, r[i])
		for last := len(blocks) - 1; last > 0 && !rising(blocks[last-1], blocks[last]); last-- {
			blocks[last-1].Positive += blocks[last].Positive
			blocks[last-1].Total += blocks[last].Total
			blocks = blocks[:last]
		}
	}
	var c Calibrator
	for _, b := range blocks {
		c.From = append(c.From, b.Score)
		c.Rate = append(c.Rate, b.Positive/b.Total)
	}
	return c
}

// rising tells whether a has the lower rate of label 1.
func rising(a, b Group) bool { return a.Positive*b.Total < b.Positive*a.Total }

// At is the probability that a score stands for. Below the lowest score that
// the fit saw it is the probability of that one.
func (c Calibrator) At(score float64) float64 {
	if len(c.From) == 0 || score != score {
		return math.NaN()
	}
	above := sort.SearchFloat64s(c.From, score) // the first step that begins at the score or above it
	if above < len(c.From) && c.From[above] == score {
		return c.Rate[above]
	}
	return c.Rate[max(0, above-1)]
}
