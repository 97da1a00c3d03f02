package shap

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// sample is a random sample of rows without replacement, all of them as long as
// they are few. Each row has a number drawn from 0 to 1, and those with the
// lowest are kept. The draws follow from the row's values, so that the sample
// does not depend on the order of rows.
type sample struct {
	most  int
	drawn []drawn // up to twice as many as wanted
	limit float64 // what is above it has no chance; 0 before there is one
}

type drawn struct {
	number float64
	row    []float32
	phi    []float64
}

// add draws for count equal rows, the lowest number first: of c numbers that
// are known to lie above u, the lowest is u + (1−u)·(1 − V^(1/c)) for a uniform
// V.
func (s *sample) add(row []float32, phi []float64, count int64) {
	if s.most <= 0 {
		return
	}
	rng := rand.New(rand.NewPCG(mixed(row), 0))
	var kept drawn
	for u := 0.0; count > 0; count-- {
		u += (1 - u) * -math.Expm1(math.Log(1-rng.Float64())/float64(count))
		if s.limit > 0 && u >= s.limit {
			return
		}
		if kept.row == nil {
			kept.row, kept.phi = slices.Clone(row), slices.Clone(phi)
		}
		kept.number = u
		if s.drawn = append(s.drawn, kept); len(s.drawn) >= 2*s.most {
			s.drawn = s.lowest()
			s.limit = s.drawn[s.most-1].number
		}
	}
}

// lowest is the sample, in the order of its numbers, which is a random one.
func (s *sample) lowest() []drawn {
	slices.SortStableFunc(s.drawn, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(a.number, b.number), slices.Compare(a.row, b.row))
	})
	return s.drawn[:min(s.most, len(s.drawn))]
}

// mixed is a hash of a row, in the manner of FNV-1a.
func mixed(row []float32) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range row {
		h = (h ^ uint64(math.Float32bits(x))) * 1099511628211
	}
	return h
}

// Dot is a row in a plot of one feature.
type Dot struct {
	Value  float32 // NaN where missing
	Phi    float64
	Colour float64 // 0 for low to 1 for high, NaN where missing
}

// Dots is the sample of rows, for a plot of feature f coloured by the value of a
// feature: itself in a beeswarm plot, its Partner in a dependence plot. As in the
// shap library the colours reach from the 5th to the 95th percentile of the
// sample, or where these are the same from the 1st to the 99th, else from the
// lowest to the highest value.
func (s *Summary) Dots(f, by int) []Dot {
	rows := s.sample.lowest()
	var values []float32
	for _, r := range rows {
		if x := r.row[by]; x-x == 0 { // neither missing nor infinite
			values = append(values, x)
		}
	}
	slices.Sort(values)
	var low, high float64
	for _, tail := range []float64{0.05, 0.01, 0} {
		if low, high = percentile(values, tail), percentile(values, 1-tail); low < high {
			break
		}
	}
	dots := make([]Dot, len(rows))
	for i, r := range rows {
		x := float64(r.row[by])
		colour := 0.5
		switch {
		case x != x:
			colour = x
		case x <= low && x < high:
			colour = 0
		case x >= high && x > low:
			colour = 1
		case low < high:
			colour = (x - low) / (high - low)
		}
		dots[i] = Dot{Value: r.row[f], Phi: r.phi[f], Colour: colour}
	}
	return dots
}

// percentile of sorted values, between the two nearest ones as numpy does; NaN
// of none.
func percentile(sorted []float32, share float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := share * float64(len(sorted)-1)
	i := int(at)
	low, high := float64(sorted[i]), float64(sorted[min(i+1, len(sorted)-1)])
	if low == high {
		return low
	}
	return low + (high-low)*(at-float64(i))
}
