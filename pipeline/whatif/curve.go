package whatif

import (
	"context"
	"errors"
	"slices"

	"willbuy/pipeline/gbtree"
)

// Curve is how the expected purchase of customers depends on one feature, all
// else as it is: partial dependence (Friedman 2001), with how differently single
// customers answer (individual conditional expectation; Goldstein et al. 2015).
type Curve struct {
	Feature string  `json:"feature"`
	Points  []Point `json:"points"`
	// Lines are the curves of a few customers, spread evenly over the
	// population, a purchase for each point.
	Lines []Line `json:"lines,omitempty"`
}

// Point is the answer at one value.
type Point struct {
	Value float32 `json:"value"`
	Mean  float64 `json:"mean"` // expected purchases a customer
	Low   float64 `json:"low"`  // 10th percentile over customers
	High  float64 `json:"high"` // 90th
}

// Line is one customer's curve.
type Line struct {
	Row       []float32 `json:"-"`
	Purchases []float64 `json:"purchases"`
}

// Curve sets a feature, for every customer who is asked about, to values all
// over its range. The values are those at which the model's answer may change,
// one an interval of its trees, thinned to at most points (at least 2); of
// features with few whole values, all of them. The sample of lines is the same
// every time.
func (s *Study) Curve(ctx context.Context, who Population, feature, points, lines int) (Curve, error) {
	c := Curve{Feature: s.everyone.Features[feature]}
	customers := who.Customers()
	if customers == 0 {
		return c, errors.New("what-if: there are no customers to ask about")
	}
	values := s.grid(feature, max(2, points))
	if len(values) == 0 {
		return c, nil // missing in all rows
	}
	// Customers who differ in this feature alone have one curve.
	rest, k, n := s.rest(who, feature), len(who.Features), len(values)
	parts := make([]*spread, curveParts)
	err := each(ctx, curveParts, func(part int) {
		parts[part] = newSpread(n)
		t := newTracer(feature, slices.Repeat(values, curveBlock))
		size := (rest.len() + curveParts - 1) / curveParts
		for from := part * size; from < min((part+1)*size, rest.len()) && ctx.Err() == nil; from += curveBlock {
			to := min(from+curveBlock, (part+1)*size, rest.len())
			t.begin(s.Model())
			for tree := range s.Model().Trees { // a tree at a time stays in the cache
				for i := from; i < to; i++ {
					t.follow(&s.Model().Trees[tree], 0, rest.rows[i*k:i*k+k], (i-from)*n, (i-from+1)*n)
				}
			}
			for i := from; i < to; i++ {
				parts[part].add(s.Model(), t.margins[(i-from)*n:(i-from+1)*n], rest.customers(i))
			}
		}
	})
	if err != nil {
		return c, err
	}
	all := newSpread(n)
	for _, part := range parts {
		all.join(part)
	}
	for v, value := range values {
		c.Points = append(c.Points, Point{value, all.sum[v] / float64(customers), all.percentile(v, 0.1), all.percentile(v, 0.9)})
	}
	t := newTracer(feature, values)
	for _, i := range spreadOver(who.Count, lines) {
		t.trace(s.Model(), who.Row(i))
		line := Line{Row: slices.Clone(who.Row(i))}
		for _, margin := range t.margins {
			line.Purchases = append(line.Purchases, counted(s.Model(), margin))
		}
		c.Lines = append(c.Lines, line)
	}
	return c, nil
}

// rest are customers bundled by a feature: those of a bundle have one curve.
func (s *Study) rest(who Population, feature int) *bundles {
	if s.isEveryone(who) {
		return s.bundled(feature)
	}
	return bundle(who, s.own, feature)
}

// curveBlock is how many bundles pass through a tree before the next tree.
const curveBlock = 128

// curveParts is into how many parts the customers are dealt, however many cores
// there are: the sums are then the same everywhere.
const curveParts = 16

// grid are rising values of a feature, one an interval of the model: the
// smallest that somebody has.
func (s *Study) grid(f, most int) []float32 {
	o := s.observed[f]
	if o.integer {
		return thin(o.values, most)
	}
	var values []float32
	last := -1
	for _, x := range o.values {
		if at := s.own.Interval(f, x); at != last {
			values, last = append(values, x), at
		}
	}
	if top := o.values[len(o.values)-1]; values[len(values)-1] != top {
		values = append(values, top)
	}
	return thin(values, most)
}

// thin keeps the first, the last, and others evenly between.
func thin(values []float32, most int) []float32 {
	if len(values) <= most {
		return slices.Clone(values)
	}
	var out []float32
	for i := range most {
		out = append(out, values[i*(len(values)-1)/(most-1)])
	}
	return out
}

// spreadOver gives the indices of n customers, evenly by rank.
func spreadOver(count []int64, n int) []int {
	total := int64(0)
	for _, c := range count {
		total += c
	}
	var out []int
	at, passed := 0, int64(0)
	for k := range min(int64(n), total) {
		rank := (2*k + 1) * total / (2 * min(int64(n), total))
		for passed+count[at] <= rank {
			passed += count[at]
			at++
		}
		out = append(out, at)
	}
	return out
}

// spread is the sum and the distribution of purchases at each value. The
// percentiles are good to a thousandth.
type spread struct {
	sum  []float64
	bins [][]int64
}

const spreadBins = 1000

func newSpread(values int) *spread {
	s := &spread{make([]float64, values), make([][]int64, values)}
	for v := range s.bins {
		s.bins[v] = make([]int64, spreadBins+1)
	}
	return s
}

func (s *spread) add(m *gbtree.Model, margins []float32, count int64) {
	for v, margin := range margins {
		p := counted(m, margin)
		s.sum[v] += float64(count) * p
		s.bins[v][int(p*spreadBins+0.5)] += count
	}
}

func (s *spread) join(other *spread) {
	for v := range s.sum {
		s.sum[v] += other.sum[v]
		for b, n := range other.bins[v] {
			s.bins[v][b] += n
		}
	}
}

func (s *spread) percentile(v int, q float64) float64 {
	total, passed := int64(0), int64(0)
	for _, n := range s.bins[v] {
		total += n
	}
	for b, n := range s.bins[v] {
		if passed += n; float64(passed) >= q*float64(total) {
			return float64(b) / spreadBins
		}
	}
	return 1
}
