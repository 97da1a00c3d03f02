package shap

import (
	"cmp"
	"math"
	"slices"
)

// Means gathers mean contributions over rows, such as those of one group of
// customers.
type Means struct {
	Rows     int64
	sum, abs []float64 // per feature
}

// NewMeans returns the means over no rows yet.
func NewMeans(features int) *Means {
	return &Means{sum: make([]float64, features), abs: make([]float64, features)}
}

// Add counts rows that all have these contributions.
func (m *Means) Add(phi []float64, rows int64) {
	n := float64(rows)
	for f, x := range phi {
		m.sum[f] += n * x
		m.abs[f] += n * math.Abs(x)
	}
	m.Rows += rows
}

// Mean is the mean contribution of feature f, with its sign; 0 over no rows.
func (m *Means) Mean(f int) float64 { return m.sum[f] / float64(max(1, m.Rows)) }

// MeanAbs is the mean |contribution| of feature f: its importance as the shap
// library's bar plot shows it. 0 over no rows.
func (m *Means) MeanAbs(f int) float64 { return m.abs[f] / float64(max(1, m.Rows)) }

// Order is the features by falling MeanAbs, the order of a beeswarm plot.
func (m *Means) Order() []int { return byFalling(m.abs) }

// byFalling is the indices of values, the largest first, equal ones as they
// stand.
func byFalling(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}

// Stair is a step of a waterfall.
type Stair struct {
	Feature int // −1 for the rest together
	Others  int // how many features the rest is
	By      float64
}

// Waterfall leads from the bias to the margin in at most so many stairs, the
// largest |contribution| first; the smallest are taken together in the last
// stair, as in the shap library's plot. most 0 takes none together.
func Waterfall(phi []float64, most int) []Stair {
	abs := make([]float64, len(phi))
	for f, x := range phi {
		abs[f] = math.Abs(x)
	}
	var stairs []Stair
	for i, f := range byFalling(abs) {
		switch {
		case most == 0 || len(phi) <= most || i < most-1:
			stairs = append(stairs, Stair{Feature: f, By: phi[f]})
		case i == most-1:
			stairs = append(stairs, Stair{Feature: -1, Others: 1, By: phi[f]})
		default:
			stairs[most-1].Others++
			stairs[most-1].By += phi[f]
		}
	}
	return stairs
}
