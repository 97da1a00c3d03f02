package encode

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Rows are distinct rows as float32 with their counts: what one GROUP BY over
// features, label, weight and fold returns. Cuts and cells of any choice of
// folds come from them without another look at the table, so that all folds of
// a k-fold run, or both parts of a split, cost one aggregation.
type Rows struct {
	Features   []string
	LabelName  string // the columns' names, for errors
	WeightName string // empty where every row weighs 1

	Values []float32 // row i has Values[i·k : (i+1)·k] for k features; NaN where missing
	Label  []float32
	Weight []float32 // of each of the rows that are alike
	Fold   []int32   // 0 for all rows of a table without folds
	Count  []int64   // how many rows are alike

	// Margin is what an earlier model gives each row, a value for each of its
	// outputs (Model.Margins of Values). Nil to train from the base score.
	Margin []float32
}

// Errors of Append that a caller may know a way out of.
var (
	ErrNoLabel  = errors.New("is empty in some rows")
	ErrNoWeight = errors.New("is empty in some rows")
)

// Len is the number of distinct rows.
func (r *Rows) Len() int { return len(r.Count) }

// Total is the number of rows that they stand for.
func (r *Rows) Total() int64 {
	sum := int64(0)
	for _, n := range r.Count {
		sum += n
	}
	return sum
}

// Append adds rows given as columns: the features, the label and, if WeightName
// is set, the weight. Fold and count have as many values, or are nil: all in fold
// 0, each one row. Nothing is kept of the slices. It refuses, by the column's
// name, what XGBoost refuses: infinite values, labels that are missing or
// infinite, weights that are missing, negative or infinite.
func (r *Rows) Append(columns [][]float32, fold []int32, count []int64) error {
	if err := r.check(columns); err != nil {
		return err
	}
	k, n := len(r.Features), len(columns[0])
	base := len(r.Values)
	r.Values = slices.Grow(r.Values, n*k)[:base+n*k]
	for f, column := range columns[:k] {
		for i, x := range column {
			r.Values[base+i*k+f] = x + 0 // −0 becomes +0
		}
	}
	for i := range n {
		to, weight, rows := int32(0), float32(1), int64(1)
		if fold != nil {
			to = fold[i]
		}
		if len(columns) > k+1 {
			weight = columns[k+1][i]
		}
		if count != nil {
			rows = count[i]
		}
		r.Label, r.Weight = append(r.Label, columns[k][i]+0), append(r.Weight, weight)
		r.Fold, r.Count = append(r.Fold, to), append(r.Count, rows)
	}
	return nil
}

// check refuses columns that Append cannot take.
func (r *Rows) check(columns [][]float32) error {
	if err := r.checkWidth(columns); err != nil {
		return err
	}
	k := len(r.Features)
	for f, column := range columns[:k] {
		for _, x := range column {
			if x-x != 0 && x == x {
				return r.infinite(f, x)
			}
		}
	}
	weight := float32(1)
	for i, label := range columns[k] {
		if r.WeightName != "" {
			weight = columns[k+1][i]
		}
		if err := r.checkLabel(label, weight); err != nil {
			return err
		}
	}
	return nil
}

// checkWidth refuses another number of columns than there are names.
func (r *Rows) checkWidth(columns [][]float32) error {
	want := len(r.Features) + 1
	if r.WeightName != "" {
		want++
	}
	if len(columns) != want {
		return fmt.Errorf("add rows: %d columns, want %d", len(columns), want)
	}
	return nil
}

func (r *Rows) infinite(f int, x float32) error {
	return fmt.Errorf("column %s: %g is %w", r.Features[f], x, ErrInfinite)
}

// checkLabel refuses labels and weights that XGBoost refuses.
func (r *Rows) checkLabel(y, w float32) error {
	switch {
	case y != y:
		return fmt.Errorf("column %s, the label, %w", r.LabelName, ErrNoLabel)
	case y-y != 0:
		return fmt.Errorf("column %s, the label: %g is %w", r.LabelName, y, ErrInfinite)
	case w != w:
		return fmt.Errorf("column %s, the weight, %w", r.WeightName, ErrNoWeight)
	case w < 0:
		return fmt.Errorf("column %s, the weight: %g is negative", r.WeightName, w)
	case w-w != 0:
		return fmt.Errorf("column %s, the weight: %g is %w", r.WeightName, w, ErrInfinite)
	}
	return nil
}

// Cuts computes the boundaries of all features from the rows of the folds that
// in takes; a nil in takes all. See NewCuts.
func (r *Rows) Cuts(in func(fold int32) bool, maxBin int, compat Compat) (*Cuts, error) {
	k := len(r.Features)
	if k == 0 {
		return newCuts(nil, nil, maxBin, compat) // which says so
	}
	cuts, errs := make([]*Cuts, k), make([]error, k)
	inParallel(k, func(f int) {
		var d Distinct
		for i, fold := range r.Fold {
			if in == nil || in(fold) {
				d.add(r.Values[i*k+f], r.Weight[i], r.Count[i])
			}
		}
		cuts[f], errs[f] = d.Cuts(r.Features[f], maxBin, compat)
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return Join(cuts), nil
}

// Cells bins the rows of the folds that in takes (nil takes all) and merges
// those that this makes equal.
func (r *Rows) Cells(cuts *Cuts, in func(fold int32) bool) *Cells {
	c := collector{cuts: cuts}
	if r.Margin != nil && r.Len() > 0 {
		c.outputs = len(r.Margin) / r.Len()
	}
	k, bins := len(r.Features), r.bins(cuts)
	for i, fold := range r.Fold {
		if in == nil || in(fold) {
			c.add(bins[i*k:i*k+k], r.Margin[i*c.outputs:i*c.outputs+c.outputs], r.Label[i], r.Weight[i], r.Count[i])
		}
	}
	return c.sorted()
}

// bins gives the bins of all rows.
func (r *Rows) bins(cuts *Cuts) []uint16 {
	k := len(r.Features)
	bins := make([]uint16, len(r.Values))
	inChunks(r.Len(), func(lo, hi int) {
		for f := range k {
			for at := lo*k + f; at < hi*k; at += k {
				bins[at] = cuts.Bin(f, r.Values[at])
			}
		}
	})
	return bins
}

// valueKey orders by value, then by weight.
func valueKey(value, weight float32) uint64 {
	return uint64(ascending(value))<<32 | uint64(math.Float32bits(weight))
}
