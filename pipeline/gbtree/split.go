package gbtree

import (
	"math"

	"willbuy/pipeline/encode"
)

// profile holds what releases of XGBoost compute differently when they grow
// trees. (Cuts differ as well: package encode.)
type profile struct {
	gainOfWeight bool // ≥ 3.4: the gain of a side is that of its float32 weight
	lightWeight  bool // ≥ 3.4: a node lighter than min_child_weight has a weight, too
	emptyInvalid bool // ≥ 3.4: a side with hessian 0 is no child even at min_child_weight 0
}

var profiles = map[encode.Compat]profile{
	encode.XGBoost34: {gainOfWeight: true, lightWeight: true, emptyInvalid: true},
	encode.XGBoost32: {},
}

// rule computes weights and gains from gradient sums, in XGBoost's mixture of
// float64 and float32.
type rule struct {
	profile
	lambda, alpha, maxDelta, minChild float64 // float32 values, widened
}

func newRule(p *Params, compat encode.Compat) rule {
	return rule{
		profile: profiles[compat],
		lambda:  float64(p.Lambda), alpha: float64(p.Alpha),
		maxDelta: float64(p.MaxDeltaStep), minChild: float64(p.MinChildWeight),
	}
}

// shrink is ThresholdL1: the gradient sum moved towards 0 by alpha.
func (r *rule) shrink(g float64) float64 {
	switch {
	case g > r.alpha:
		return g - r.alpha
	case g < -r.alpha:
		return g + r.alpha
	}
	return 0
}

// weight is CalcWeight: the optimal weight of a node, before eta.
func (r *rule) weight(s pair) float32 {
	if s.h <= 0 || !r.lightWeight && s.h < r.minChild {
		return 0
	}
	w := -r.shrink(s.g) / (s.h + r.lambda)
	if r.maxDelta != 0 && math.Abs(w) > r.maxDelta {
		w = math.Copysign(r.maxDelta, w)
	}
	return float32(w)
}

// gain is SplitEvaluator::CalcGain, the score of a node: twice the loss that it
// takes away.
func (r *rule) gain(s pair) float32 {
	if s.h <= 0 {
		return 0
	}
	if r.gainOfWeight { // in float64 but for the square
		w := r.weight(s)
		linear := float64(2 * s.g * float64(w))
		square := float64((s.h + r.lambda) * float64(w*w))
		l1 := float64(2 * r.alpha * math.Abs(float64(w)))
		return float32(-(linear + square + l1))
	}
	if r.maxDelta == 0 {
		t := r.shrink(s.g)
		return float32(t*t) / float32(s.h+r.lambda)
	}
	// With max_delta_step the older releases change to float32 and forget alpha.
	w, g, h := r.weight(s), float32(s.g), float32(s.h)
	linear := float32(2 * g * w)
	square := float32((h + float32(r.lambda)) * float32(w*w))
	return -(linear + square)
}

// splitGain is the score of two children, −Inf when one is too light.
func (r *rule) splitGain(left, right pair) float32 {
	if left.h < r.minChild || right.h < r.minChild || r.emptyInvalid && (left.h <= 0 || right.h <= 0) {
		return float32(math.Inf(-1))
	}
	return r.gain(left) + r.gain(right)
}

// split is the best division of a node found so far; gain 0 means none.
type split struct {
	gain        float32
	feature     int32
	bound       int32 // index into the feature's bounds: bins 0…bound go left
	defaultLeft bool
	left, right pair
}

// scan looks for a better split of a node on one feature. hist has the
// feature's bins; only 1…len(bounds)−1 hold rows, the last is for missing
// values. (HistEvaluator::EnumerateSplit, forwards with missing values on the
// right, then backwards with missing values on the left if there are any.)
func (r *rule) scan(best *split, feature int32, hist []pair, sum pair, gain float32) {
	last := len(hist) - 3 // the bin before the last bound
	var left pair
	for i := 1; i <= last; i++ {
		if hist[i] == (pair{}) {
			continue // the same sums as before, and a tie keeps the first
		}
		left.add(hist[i])
		right := sum.minus(left)
		if g := r.splitGain(left, right) - gain; g > best.gain && !math.IsInf(float64(g), 0) {
			*best = split{g, feature, int32(i), false, left, right}
		}
	}
	if left == sum {
		return // nothing is missing, as XGBoost decides it: to the last bit
	}
	var right pair
	for i := last; i >= 1; i-- {
		if hist[i] == (pair{}) {
			continue
		}
		right.add(hist[i])
		left := sum.minus(right)
		if g := r.splitGain(left, right) - gain; g > best.gain && !math.IsInf(float64(g), 0) {
			*best = split{g, feature, int32(i - 1), true, left, right}
		}
	}
}
