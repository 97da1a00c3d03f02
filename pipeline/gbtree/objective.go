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

// objectives are those that Train knows.
var objectives = []string{SquaredError, Logistic, Softprob}

// predictions writes the predictions of margins into out: probabilities for
// Logistic and, of outputs classes a cell, for Softprob.
func predictions(objective string, outputs int, margins, out []float32) {
	switch objective {
	case SquaredError:
		copy(out, margins)
	case Logistic:
		inChunks(len(margins), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				out[i] = sigmoid(margins[i])
			}
		})
	case Softprob:
		softmax(outputs, margins, out, float32(math.Inf(-1)))
	}
}

// softmax writes the probabilities of the classes of every cell. least is the
// smallest number that is subtracted from the margins.
func softmax(classes int, margins, out []float32, least float32) {
	inChunks(len(margins)/classes, func(lo, hi int) {
		for at := lo * classes; at < hi*classes; at += classes {
			in, out := margins[at:at+classes], out[at:at+classes]
			most := least
			for _, m := range in {
				most = max(most, m)
			}
			sum := 0.0
			for k, m := range in {
				out[k] = expf(m - most)
				sum += float64(out[k])
			}
			for k := range out {
				out[k] /= float32(sum)
			}
		}
	})
}

// gradients writes the gradient sum of every cell for one output into out, given
// its predictions and how many rows of every entry count. A row's gradient is a
// float32; rows of one entry share it, so that count·gradient in float64 is
// their exact sum. (Rounding count·gradient to float32 would not be.)
func gradients(p *Params, s *tracked, counts []int64, output int, out []pair) {
	sum := p.ofEntries
	if s.counts != nil && p.Subsample == 1 {
		sum = p.ofCounts
	}
	inChunks(len(out), func(lo, hi int) { sum(s, counts, output, lo, hi, out) })
}

const tiny = float32(1e-16) // the least hessian of a row

// ofEntries is gradients for the cells from lo to hi.
func (p *Params) ofEntries(s *tracked, counts []int64, output, lo, hi int, out []pair) {
	cells, outputs, logistic, softprob := s.cells, s.outputs, p.Objective == Logistic, p.Objective == Softprob
	for i := lo; i < hi; i++ {
		x, hessian := s.predicted[i*outputs+output], float32(1)
		if logistic {
			hessian = max(x*(1-x), tiny)
		}
		var sum pair
		for e := cells.First[i]; e < cells.First[i+1]; e++ {
			y, w, n := cells.Label[e], cells.Weight[e], float64(counts[e])
			var g, h float32
			if softprob {
				g, h = float32(x*w), max(float32(float32(2*x)*(1-x)*w), tiny)
				if int(y) == output {
					g = float32((x - 1) * w)
				}
			} else {
				if y == 1 {
					w *= p.ScalePosWeight
				}
				g, h = float32((x-y)*w), float32(hessian*w)
			}
			sum.g += float64(n * float64(g))
			sum.h += float64(n * float64(h))
		}
		out[i] = sum
	}
}

// ofCounts is ofEntries where there are but the labels 0 and 1, of weight 1.
func (p *Params) ofCounts(s *tracked, _ []int64, _, lo, hi int, out []pair) {
	logistic, w := p.Objective == Logistic, p.ScalePosWeight
	predicted, out := s.predicted[lo:hi], out[lo:hi]
	for i, c := range s.counts[lo:hi] {
		x, hessian := predicted[i], float32(1)
		if logistic {
			hessian = max(x*(1-x), tiny)
		}
		zeros, ones := float64(c[0]), float64(c[1])
		out[i] = pair{
			g: float64(zeros*float64(x)) + float64(ones*float64(float32((x-1)*w))),
			h: float64(zeros*float64(hessian)) + float64(ones*float64(float32(hessian*w))),
		}
	}
}

// checkRows refuses labels that the objective cannot take, and rows without
// any weight.
func checkRows(p *Params, cells *encode.Cells) error {
	total := 0.0
	for e, y := range cells.Label {
		switch {
		case p.Objective == Logistic && (y < 0 || y > 1):
			return fmt.Errorf("label %g: labels have to lie between 0 and 1", y)
		case p.Objective == Softprob && (y < 0 || y >= float32(p.NumClass) || y != float32(int(y))):
			return fmt.Errorf("label %g: labels have to be the whole numbers 0 to %d (num_class − 1)", y, p.NumClass-1)
		}
		total += float64(float64(cells.Count[e]) * float64(cells.Weight[e]))
	}
	if total == 0 {
		return errors.New("every row has the weight 0")
	}
	return nil
}

// baseScore is the base_score of each output: what the parameters say, else
// XGBoost's estimate (3.2 and later).
func baseScore(p *Params, cells *encode.Cells) []float32 {
	out := make([]float32, p.Outputs())
	switch {
	case len(p.BaseScore) == len(out):
		copy(out, p.BaseScore)
	case len(p.BaseScore) == 1:
		for i := range out {
			out[i] = p.BaseScore[0]
		}
	case p.Objective == Softprob:
		logPriors(cells, out)
	case math.Abs(float64(p.ScalePosWeight-1)) > epsilon:
		out[0] = newtonScore(p, cells)
	default:
		out[0] = meanLabel(cells)
	}
	return out
}

// meanLabel is SampleMean and WeightedSampleMean (stats.cc), which divide each
// row's label before they add; s/n would differ by up to 1e-10, which now and
// then is another float32.
func meanLabel(cells *encode.Cells) float32 {
	rows, total, unweighted := weights(cells)
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

// logPriors writes the logarithms of the classes' shares, less their mean
// (SoftmaxMultiClassObj::InitEstimation). All is float32 there, so that a class
// of more than 2²⁴ rows counts no further. With 4 classes or more and several
// threads XGBoost adds the mean in another order and the last bit may differ.
func logPriors(cells *encode.Cells, out []float32) {
	rows, total, unweighted := weights(cells)
	if unweighted {
		total = float64(float32(rows))
	}
	for e, n := range cells.Count {
		sum, w := &out[int(cells.Label[e])], cells.Weight[e]
		for i := int64(0); i < n && *sum+w != *sum; i++ {
			*sum += w
		}
	}
	mean := float32(0)
	for k, sum := range out {
		share := float32(float64(sum) * (1 / total))
		out[k] = logf(share + epsilon)
		mean += out[k] / float32(len(out))
	}
	for k := range out {
		out[k] -= mean
	}
}

// weights returns the number of rows, the sum of their weights, and whether
// every weight is 1.
func weights(cells *encode.Cells) (rows, total float64, unweighted bool) {
	unweighted = true
	for e, n := range cells.Count {
		rows += float64(n)
		total += float64(float64(n) * float64(cells.Weight[e]))
		unweighted = unweighted && cells.Weight[e] == 1
	}
	return rows, total, unweighted
}

// newtonScore is FitIntercept::InitEstimation: one Newton step from margin 0.
func newtonScore(p *Params, cells *encode.Cells) float32 {
	zero := make([]float32, cells.Len())
	from := &tracked{cells: cells, outputs: 1, predicted: make([]float32, cells.Len())}
	predictions(p.Objective, 1, zero, from.predicted)
	sums := make([]pair, cells.Len())
	gradients(p, from, cells.Count, 0, sums)
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
