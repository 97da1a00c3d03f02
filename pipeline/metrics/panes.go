package metrics

import (
	"fmt"
	"math"
)

// Bin is a range of scores with what was predicted and what happened there.
type Bin struct {
	Rows  float64 // number of rows
	Score float64 // their mean score
	Rate  float64 // share of them with label 1
}

// Calibration divides the rows by score into bins of as equal size as ties
// allow, lowest scores first: where the scores can be believed, Score and Rate
// are close. Rows with the same score stay together, in the bin that holds
// their middle rank; bins left empty are dropped. It panics for bins < 1.
func Calibration(groups []Group, bins int) []Bin {
	return rank(groups).calibration(bins)
}

func (r ranked) calibration(bins int) []Bin {
	if bins < 1 {
		panic(fmt.Sprintf("metrics: calibration in %d bins", bins))
	}
	_, total := r.sums()
	var out []Bin
	before, last := 0.0, -1 // rows of lower score; the bin that out ends with
	for i := len(r) - 1; i >= 0; i-- {
		g := r[i]
		at := int(float64(bins) * ((before + g.Total/2) / total))
		if at != last {
			out, last = append(out, Bin{}), at
		}
		b := &out[len(out)-1]
		b.Rows += g.Total
		b.Score += g.Score * g.Total // a sum until the bin is complete
		b.Rate += g.Positive
		before += g.Total
	}
	for i := range out {
		out[i].Score /= out[i].Rows
		out[i].Rate /= out[i].Rows
	}
	return out
}

func expectedCalibrationError(bins []Bin) float64 {
	sum, rows := 0.0, 0.0
	for _, b := range bins {
		sum += b.Rows * math.Abs(b.Score-b.Rate)
		rows += b.Rows
	}
	return sum / rows
}

// Part is one of equal parts of the rows, such as the decile that the model
// puts first.
type Part struct {
	Rows     float64 // number of rows, fractional where it is not divisible
	Positive float64 // of these, expected with label 1
	Gain     float64 // share of all labels 1 found in this and the parts above it
	Lift     float64 // rate of label 1 in this part over the base rate
}

// Lift divides the rows by score into parts of exactly equal size, highest
// scores first. A group of tied rows across a border is split in proportion,
// labels and all: the expectation over every order of the tied rows. Gain and
// Lift are NaN without a label 1. The lift of the first k of n parts together
// is their Gain·n/k. There are no parts where there are no rows. It panics for
// parts < 1.
func Lift(groups []Group, parts int) []Part {
	if parts < 1 {
		panic(fmt.Sprintf("metrics: lift in %d parts", parts))
	}
	r := rank(groups)
	positive, total := r.sums()
	if total == 0 {
		return nil
	}
	out := make([]Part, parts)
	size := total / float64(parts)
	at, used := 0, 0.0 // the next group, and how many of its rows are placed
	found := 0.0
	for p := range out {
		part := &out[p]
		part.Rows = size
		for need := size; at < len(r) && need > 0; {
			g := r[at]
			take := g.Total - used
			if whole := p == parts-1 || take <= need; whole {
				at, used = at+1, 0
			} else {
				take = need
				used += need
			}
			need -= take
			part.Positive += g.Positive * (take / g.Total)
		}
		found += part.Positive
		part.Gain = found / positive
		part.Lift = part.Positive / size / (positive / total)
	}
	return out
}
