package whatif

import (
	"math"
	"slices"
)

// way is a new value of a feature.
type way struct {
	value    float32
	distance float64
	under    *float32 // as of Step
}

func (w way) step(feature Feature, index int, from float32, change float64) Step {
	return Step{Feature: feature, Index: index, From: from, To: w.value, Under: w.under, Distance: w.distance, Change: change}
}

// ways are all that a feature can become that makes a difference to the model:
// down and up from where it is, each by rising distance.
type ways struct {
	feature  int
	down, up []way
}

// to is the way to a value that a search came to.
func (w ways) to(value float32) way {
	all := slices.Concat(w.down, w.up)
	return all[slices.IndexFunc(all, func(v way) bool { return v.value == value })]
}

// ways gives one value for each interval of the model but the one that x lies
// in: the nearest to x that is within the observed range.
func (s *Study) ways(f int, feature Feature, x float32) ways {
	o, own := s.observed[f], s.own[f]
	w := ways{feature: f}
	if len(o.values) == 0 {
		return w
	}
	unit := o.unit()
	distance := func(value float32) float64 {
		if len(feature.Classes) > 0 || x != x {
			return 1
		}
		return math.Abs(float64(value)-float64(x)) / unit
	}
	at := -1 // missing: all intervals lie above
	if x == x {
		at = s.own.Interval(f, x)
	}
	for i := at - 1; i >= 0; i-- {
		if low, high := o.within(own, i, feature); low <= high {
			v := way{value: high, distance: distance(high)}
			if high == below(own[i]) {
				v.under = &own[i]
			}
			w.down = append(w.down, v)
		}
	}
	for i := at + 1; i <= len(own); i++ {
		if low, high := o.within(own, i, feature); low <= high {
			w.up = append(w.up, way{value: low, distance: distance(low)})
		}
	}
	return w
}

// within is the smallest and the largest value that customers can have in
// interval i of conditions; the smallest is larger where there is none.
func (o observed) within(conds []float32, i int, feature Feature) (low, high float32) {
	low, high = o.values[0], o.values[len(o.values)-1]
	if i > 0 {
		low = max(low, conds[i-1])
	}
	if i < len(conds) {
		high = min(high, below(conds[i]))
	}
	if !o.integer && len(feature.Classes) == 0 || low > high {
		return low, high
	}
	from, _ := slices.BinarySearch(o.values, low)
	to, found := slices.BinarySearch(o.values, high)
	if found {
		to++
	}
	if from >= to {
		return 1, 0
	}
	return o.values[from], o.values[to-1]
}

// below is the last number below x.
func below(x float32) float32 { return math.Nextafter32(x, float32(math.Inf(-1))) }
