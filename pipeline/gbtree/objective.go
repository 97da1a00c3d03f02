package gbtree

import (
	"errors"
	"fmt"
	"math"

	"willbuy/pipeline/encode"
)

// pair is a sum of gradients and hessians.
type pair struct{ g, h float64 }

func (p *pair) add(q pair)       { p.g += q.g; p.h += q.h }
func (p pair) minus(q pair) pair { return pair{p.g - q.g, p.h - q.h} }

// epsilon is XGBoost's kRtEps.
const epsilon = 1e-6

// predictions writes the predictions of margins into out.
func predictions(objective string, margins, out []float32) {
	if objective == SquaredError {
		copy(out, margins)
		return
	}
	inChunks(len(margins), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i] = sigmoid(margins[i])
		}
	})
}

// gradients writes the gradient sum of every cell into out, given the
// predictions. A row's gradient is a float32; rows of one entry share it, so
// that count·gradient in float64 is their exact sum. (Rounding count·gradient
// to float32 would not be.)
func gradients(p *Params, cells *encode.Cells, predicted []float32, out []pair) {
	const tiny = float32(1e-16)
	inChunks(len(out), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x, hessian := predicted[i], float32(1)
			if p.Objective == Logistic {
				hessian = max(x*(1-x), tiny)
			}
			var sum pair
			for e := cells.First[i]; e < cells.First[i+1]; e++ {
				w := cells.Weight[e]
				if cells.Label[e] == 1 {
					w *= p.ScalePosWeight
				}
				n := float64(cells.Count[e])
				sum.g += float64(n * float64(float32((x-cells.Label[e])*w)))
				sum.h += float64(n * float64(float32(hessian*w)))
			}
			out[i] = sum
		}
	})
}

// checkRows refuses labels that the objective cannot take, and rows without
// any weight.
func checkRows(objective string, cells *encode.Cells) error {
	total := 0.0
	for e, y := range cells.Label {
		if objective == Logistic && (y < 0 || y > 1) {
			return fmt.Errorf("label %g: labels have to lie between 0 and 1", y)
		}
		total += float64(float64(cells.Count[e]) * float64(cells.Weight[e]))
	}
	if total == 0 {
		return errors.New("every row has the weight 0")
	}
	return nil
}

// baseScore is XGBoost's automatic base_score (3.0 and later): the mean of the
// labels, or one Newton step from margin 0 when scale_pos_weight is set.
func baseScore(p *Params, cells *encode.Cells) float32 {
	if math.Abs(float64(p.ScalePosWeight-1)) > epsilon {
		return newtonScore(p, cells)
	}
	rows, total, unweighted := 0.0, 0.0, true
	for e, n := range cells.Count {
		rows += float64(n)
		total += float64(float64(n) * float64(cells.Weight[e]))
		unweighted = unweighted && cells.Weight[e] == 1
	}
	// SampleMean divides each row's label before it adds (stats.cc); s/n would
	// differ by up to 1e-10, which now and then is another float32.
	mean := 0.0
	for e, n := range cells.Count {
		addend := float64(cells.Label[e]) / rows
		if !unweighted {
			addend = float64(float64(cells.Label[e]) / total * float64(cells.Weight[e]))
		}
		if addend == 0 {
			continue
		}
		for range n {
			mean += addend
		}
	}
	return float32(mean)
}

// newtonScore is FitIntercept::InitEstimation.
func newtonScore(p *Params, cells *encode.Cells) float32 {
	zero := make([]float32, cells.Len())
	predicted := make([]float32, cells.Len())
	predictions(p.Objective, zero, predicted)
	sums := make([]pair, cells.Len())
	gradients(p, cells, predicted, sums)
	var sum pair
	for _, s := range sums {
		sum.add(s)
	}
	margin := float32(-sum.g / max(sum.h, epsilon))
	if p.Objective == Logistic {
		return sigmoid(margin)
	}
	return margin
}
