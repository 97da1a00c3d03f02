package shap

import (
	"cmp"
	"math"
	"slices"
)

// mostValues is how many different values of a feature a summary tells apart.
// More are rounded towards zero, to as many binary digits as keep the number
// below this.
const mostValues = 2048

// Summary describes the contributions of many rows: how strong each feature is,
// how its contribution depends on its value and on other features, and a sample
// of points to plot. It is made by adding rows, in memory that does not grow
// with their number, and does not depend on their order (but for the last digits
// of sums). Equal rows belong into one Add, with their count.
type Summary struct {
	Means
	values []valueSums // per feature
	pairs  []float64   // Σ|Φᵢⱼ| over rows, a matrix over the features; nil before the first
	paired int64       // rows in pairs
	sample sample
}

// NewSummary returns the summary of no rows yet, which will keep a sample of so
// many points.
func NewSummary(features, points int) *Summary {
	return &Summary{Means: *NewMeans(features), values: make([]valueSums, features), sample: sample{most: points}}
}

// Add counts rows that all have these values and contributions, one a feature.
func (s *Summary) Add(row []float32, phi []float64, rows int64) {
	s.Means.Add(phi, rows)
	for f, x := range row {
		s.values[f].add(x, phi[f], float64(rows))
	}
	s.sample.add(row, phi, rows)
}

// AddInteractions counts rows that all have these interactions, a matrix over
// the features as Explainer.Interactions gives it. They may be fewer rows than
// Add counts, or none.
func (s *Summary) AddInteractions(matrix []float64, rows int64) {
	if s.pairs == nil {
		s.pairs = make([]float64, len(matrix))
	}
	for i, x := range matrix {
		s.pairs[i] += float64(rows) * math.Abs(x)
	}
	s.paired += rows
}

// Interaction is the mean |Φᵢⱼ| + |Φⱼᵢ| over the rows of AddInteractions, and
// for i = j the mean |Φᵢᵢ|, what the feature contributes by itself.
func (s *Summary) Interaction(i, j int) float64 {
	if s.pairs == nil {
		return 0
	}
	k := len(s.values)
	sum := s.pairs[i*k+j]
	if i != j {
		sum += s.pairs[j*k+i]
	}
	return sum / float64(max(1, s.paired))
}

// Partner is the feature that interacts most with f, the usual colour of its
// dependence plot; −1 if none does, or none is known.
func (s *Summary) Partner(f int) int {
	best, most := -1, 0.0
	for j := range s.values {
		if x := s.Interaction(f, j); j != f && x > most {
			best, most = j, x
		}
	}
	return best
}

// HighMinusLow is the mean contribution of feature f where its value is above
// the median less that where it is not: positive if high values speak for the
// prediction. Where nothing is above the median, as with a feature that is
// mostly 1 and else 0, the median counts as high. Missing values do not count.
func (s *Summary) HighMinusLow(f int) float64 {
	sums := s.values[f].sorted()
	total, below := 0.0, 0.0
	for _, v := range sums {
		total += v.rows
	}
	high := 0 // index of the first high value
	for high < len(sums) && below < total/2 {
		below += sums[high].rows
		high++
	}
	if high == len(sums) {
		high--
	}
	if high < 1 {
		return 0
	}
	return meanPhi(sums[high:]) - meanPhi(sums[:high])
}

// Point is a value of a feature, or several close to each other, in a dependence
// plot.
type Point struct {
	Value float64 // their mean; NaN for missing values
	Phi   float64 // the mean contribution
	Rows  int64
}

// Dependence is how the contribution of feature f depends on its value, rising:
// a point for each value where there are at most so many, else for groups of
// equally many rows, as far as equal values allow. Missing values, if there are
// any, are the last point.
func (s *Summary) Dependence(f, most int) []Point {
	sums := s.values[f].sorted()
	total, passed := 0.0, 0.0
	for _, v := range sums {
		total += v.rows
	}
	var points []Point
	var group valueSum
	flush := func() {
		if group.rows > 0 {
			points = append(points, group.point())
		}
		group = valueSum{}
	}
	for _, v := range sums {
		if len(sums) <= most || passed*float64(most) >= total*float64(len(points)+1) {
			flush()
		}
		group.merge(v)
		passed += v.rows
	}
	flush()
	if missing := s.values[f].missing; missing.rows > 0 {
		p := missing.point()
		p.Value = math.NaN()
		points = append(points, p)
	}
	return points
}

// valueSums sums contributions by value of a feature.
type valueSums struct {
	byBits  map[uint32]*valueSum // by the value's bits, less the last few
	drop    uint                 // how few
	missing valueSum
}

type valueSum struct{ rows, value, phi float64 }

func (v *valueSum) merge(w valueSum) {
	v.rows += w.rows
	v.value += w.value
	v.phi += w.phi
}

func (v valueSum) point() Point {
	return Point{Value: v.value / v.rows, Phi: v.phi / v.rows, Rows: int64(v.rows)}
}

func (v *valueSums) add(x float32, phi, rows float64) {
	if x != x {
		v.missing.merge(valueSum{rows: rows, phi: rows * phi})
		return
	}
	if v.byBits == nil {
		v.byBits = map[uint32]*valueSum{}
	}
	v.merge(math.Float32bits(x+0), valueSum{rows, rows * float64(x), rows * phi}) // −0 is 0
	for len(v.byBits) > mostValues {
		finer := v.byBits
		v.byBits = map[uint32]*valueSum{}
		v.drop++
		for bits, sum := range finer {
			v.merge(bits, *sum)
		}
	}
}

func (v *valueSums) merge(bits uint32, sum valueSum) {
	bits = bits >> v.drop << v.drop
	into := v.byBits[bits]
	if into == nil {
		into = &valueSum{}
		v.byBits[bits] = into
	}
	into.merge(sum)
}

// sorted is the sums by rising value.
func (v *valueSums) sorted() []valueSum {
	sums := make([]valueSum, 0, len(v.byBits))
	for _, sum := range v.byBits {
		sums = append(sums, *sum)
	}
	slices.SortFunc(sums, func(a, b valueSum) int { return cmp.Compare(a.value/a.rows, b.value/b.rows) })
	return sums
}

func meanPhi(sums []valueSum) float64 {
	var all valueSum
	for _, v := range sums {
		all.merge(v)
	}
	return all.phi / all.rows
}
