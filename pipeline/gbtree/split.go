package gbtree

import (
	"math"
	"slices"

	"willbuy/pipeline/encode"
)

// profile holds what releases of XGBoost compute differently when they grow
// trees. (Cuts differ as well: package encode.)
type profile struct {
	gainOfWeight bool // ≥ 3.4: the gain of a side is that of its float32 weight
	lightWeight  bool // ≥ 3.4: a node lighter than min_child_weight has a weight, too
	emptyInvalid bool // ≥ 3.4: a side with hessian 0 is no child even at min_child_weight 0
	freeIsFree   bool // ≥ 3.4: monotone constraints that are all 0 change nothing
	freshEngines bool // ≥ 3.3: every draw of columns has its own random engine
}

var profiles = map[encode.Compat]profile{
	encode.XGBoost34: {gainOfWeight: true, lightWeight: true, emptyInvalid: true, freeIsFree: true, freshEngines: true},
	encode.XGBoost32: {},
}

// rule computes weights and gains from gradient sums, in XGBoost's mixture of
// float64 and float32.
type rule struct {
	profile
	lambda, alpha, maxDelta, minChild float64 // float32 values, widened
	directions                        []int   // monotone constraints by feature, nil for none
}

func newRule(p *Params, directions []int, compat encode.Compat) rule {
	r := rule{
		profile: profiles[compat],
		lambda:  float64(p.Lambda), alpha: float64(p.Alpha),
		maxDelta: float64(p.MaxDeltaStep), minChild: float64(p.MinChildWeight),
		directions: directions,
	}
	if r.freeIsFree && !slices.ContainsFunc(directions, func(d int) bool { return d != 0 }) {
		r.directions = nil
	}
	return r
}

// limits are where monotone constraints of the ancestors' splits keep the
// weight of a node and of its children.
type limits struct{ low, high float32 }

var unlimited = limits{-math.MaxFloat32, math.MaxFloat32}

// below divides the limits of a node for its children: their weights stay on
// either side of the middle of what they are. (TreeEvaluator::AddSplit)
func (r *rule) below(n limits, feature int32, left, right float32) (l, h limits) {
	l, h = n, n
	if r.directions == nil {
		return l, h
	}
	middle := (left + right) / 2
	switch r.directions[feature] {
	case 1:
		l.high, h.low = middle, middle
	case -1:
		l.low, h.high = middle, middle
	}
	return l, h
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
func (r *rule) weight(s pair, within limits) float32 {
	w := float32(0)
	if s.h > 0 && (r.lightWeight || s.h >= r.minChild) {
		d := -r.shrink(s.g) / (s.h + r.lambda)
		if r.maxDelta != 0 && math.Abs(d) > r.maxDelta {
			d = math.Copysign(r.maxDelta, d)
		}
		w = float32(d)
	}
	if r.directions == nil {
		return w
	}
	return min(max(w, within.low), within.high)
}

// gain is SplitEvaluator::CalcGain, the score of a node: twice the loss that it
// takes away.
func (r *rule) gain(s pair, within limits) float32 {
	if s.h <= 0 {
		return 0
	}
	if r.gainOfWeight { // in float64 but for the square
		w := r.weight(s, within)
		linear := float64(2 * s.g * float64(w))
		square := float64((s.h + r.lambda) * float64(w*w))
		l1 := float64(2 * r.alpha * math.Abs(float64(w)))
		return float32(-(linear + square + l1))
	}
	if r.maxDelta == 0 && r.directions == nil {
		t := r.shrink(s.g)
		return float32(t*t) / float32(s.h+r.lambda)
	}
	// With max_delta_step or monotone constraints the older releases change to
	// float32 and forget alpha.
	w, g, h := r.weight(s, within), float32(s.g), float32(s.h)
	linear := float32(2 * g * w)
	square := float32((h + float32(r.lambda)) * float32(w*w))
	return -(linear + square)
}

// splitGain is the score of two children, −Inf when one is too light or their
// weights are in the wrong order.
func (r *rule) splitGain(feature int32, left, right pair, within limits) float32 {
	forbidden := float32(math.Inf(-1))
	if left.h < r.minChild || right.h < r.minChild || r.emptyInvalid && (left.h <= 0 || right.h <= 0) {
		return forbidden
	}
	if r.directions != nil && r.directions[feature] != 0 {
		l, h := r.weight(left, within), r.weight(right, within)
		if r.directions[feature] > 0 && !(l <= h) || r.directions[feature] < 0 && !(l >= h) {
			return forbidden
		}
	}
	return r.gain(left, within) + r.gain(right, within)
}

// split is the best division of a node found so far; gain 0 means none.
type split struct {
	gain        float32
	feature     int32
	bound       int32 // index into the feature's bounds: bins 0…bound go left
	defaultLeft bool
	left, right pair
}

// scan looks for a better split of a node on one feature. hist has the sums of
// the feature's training bins 1…len(hist), without those of missing values.
// (HistEvaluator::EnumerateSplit, forwards with missing values on the right,
// then backwards with missing values on the left if there are any.)
func (r *rule) scan(best *split, n *node, feature int32, hist []pair) {
	var left pair
	for i, s := range hist {
		if s == (pair{}) {
			continue // the same sums as before, and a tie keeps the first
		}
		left.add(s)
		right := n.sum.minus(left)
		if g := r.splitGain(feature, left, right, n.limits) - n.gain; g > best.gain && !math.IsInf(float64(g), 0) {
			*best = split{g, feature, int32(i + 1), false, left, right}
		}
	}
	if left == n.sum {
		return // nothing is missing, as XGBoost decides it: to the last bit
	}
	var right pair
	for i := len(hist) - 1; i >= 0; i-- {
		if hist[i] == (pair{}) {
			continue
		}
		right.add(hist[i])
		left := n.sum.minus(right)
		if g := r.splitGain(feature, left, right, n.limits) - n.gain; g > best.gain && !math.IsInf(float64(g), 0) {
			*best = split{g, feature, int32(i), true, left, right}
		}
	}
}
