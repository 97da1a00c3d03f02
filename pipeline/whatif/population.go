package whatif

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"willbuy/pipeline/encode"
)

// Population is customers as distinct rows with counts. Make one with
// NewPopulation or FromCells, which put the rows in one order, whatever order
// they came in.
type Population struct {
	Features []string  // of the model, in its order
	Values   []float32 // row i has Values[i·k : (i+1)·k] for k features; NaN where missing
	Count    []int64   // customers that a row stands for
}

// NewPopulation merges equal rows and sorts them, missing first. It panics if
// values and counts do not fit together.
func NewPopulation(features []string, values []float32, count []int64) Population {
	k := len(features)
	if len(values) != k*len(count) {
		panic(fmt.Sprintf("whatif: %d values for %d rows of %d features", len(values), len(count), k))
	}
	row := func(i int) []float32 { return values[i*k : i*k+k] }
	order := make([]int, len(count))
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int { return slices.CompareFunc(row(a), row(b), cmp.Compare[float32]) }
	slices.SortFunc(order, compare)
	p := Population{Features: features, Values: make([]float32, 0, len(values)), Count: make([]int64, 0, len(count))}
	for at, i := range order {
		if at > 0 && compare(order[at-1], i) == 0 {
			p.Count[len(p.Count)-1] += count[i]
			continue
		}
		p.Values = append(p.Values, row(i)...)
		p.Count = append(p.Count, count[i])
	}
	return p
}

// FromCells are the customers that cells stand for. A feature with more distinct
// values than bins has the smallest value of each bin: good enough to set it,
// too coarse to shift it by little.
func FromCells(c *encode.Cells) Population {
	k := len(c.Cuts.Features)
	values, count := make([]float32, c.Len()*k), make([]int64, c.Len())
	for i := range count {
		c.Values(i, values[i*k:i*k+k])
		for _, n := range c.Count[c.First[i]:c.First[i+1]] {
			count[i] += n
		}
	}
	return NewPopulation(c.Cuts.Features, values, count)
}

// Len is the number of distinct rows.
func (p Population) Len() int { return len(p.Count) }

// Row gives the values of a distinct row.
func (p Population) Row(i int) []float32 {
	k := len(p.Features)
	return p.Values[i*k : i*k+k : i*k+k]
}

// Customers is the number of customers.
func (p Population) Customers() int64 {
	sum := int64(0)
	for _, n := range p.Count {
		sum += n
	}
	return sum
}

// Filter are the customers whose rows keep is true for.
func (p Population) Filter(keep func(row []float32) bool) Population {
	kept := Population{Features: p.Features}
	for i, n := range p.Count {
		if row := p.Row(i); keep(row) {
			kept.Values = append(kept.Values, row...)
			kept.Count = append(kept.Count, n)
		}
	}
	return kept
}

// One is a single customer.
func One(features []string, row []float32) Population {
	return Population{Features: features, Values: row, Count: []int64{1}}
}

// moved is the population after moves, in new memory.
func (p Population) moved(moves []Move) Population {
	p.Values = slices.Clone(p.Values)
	for i := range p.Count {
		row := p.Row(i)
		for _, m := range moves {
			row[m.Feature] = m.Apply(row[m.Feature])
		}
	}
	return p
}

// observed are the values that a feature has among everyone.
type observed struct {
	values  []float32 // rising, distinct, without missing
	below   []int64   // customers up to and including values[i]
	integer bool      // few and whole, such as stars or codes: nothing lies between
}

// mostCodes is up to how many whole numbers count as stars or codes.
const mostCodes = 64

func observe(p Population, f int) observed {
	count := map[float32]int64{}
	for i, n := range p.Count {
		if x := p.Row(i)[f]; x == x && n > 0 {
			count[x] += n
		}
	}
	o := observed{integer: len(count) <= mostCodes}
	for x := range count {
		o.values = append(o.values, x)
		o.integer = o.integer && x == float32(math.Trunc(float64(x)))
	}
	slices.Sort(o.values)
	sum := int64(0)
	for _, x := range o.values {
		sum += count[x]
		o.below = append(o.below, sum)
	}
	return o
}

// quantile is the smallest value that has at least the share q of customers up
// to it; NaN where there are no values.
func (o observed) quantile(q float64) float32 {
	if len(o.values) == 0 {
		return float32(math.NaN())
	}
	need := q * float64(o.below[len(o.below)-1])
	at, _ := slices.BinarySearchFunc(o.below, need, func(n int64, need float64) int { return cmp.Compare(float64(n), need) })
	return o.values[min(at, len(o.values)-1)]
}

// holds tells whether x lies between the smallest and the largest value.
func (o observed) holds(x float32) bool {
	return len(o.values) > 0 && x >= o.values[0] && x <= o.values[len(o.values)-1]
}

// unit is the distance that counts as one for changes of this feature: from the
// first quartile to the third, where these are the same from the least to the
// largest value, and 1 where there is one value.
func (o observed) unit() float64 {
	if d := float64(o.quantile(0.75)) - float64(o.quantile(0.25)); d > 0 {
		return d
	}
	if n := len(o.values); n > 1 {
		return float64(o.values[n-1]) - float64(o.values[0])
	}
	return 1
}
