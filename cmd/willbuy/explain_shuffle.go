package main

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
)

const (
	// shuffles is how often each feature is shuffled for its permutation
	// importance.
	shuffles = 5
	// mostCells is how many different rows are kept to be shuffled.
	mostCells = 1 << 18
)

// shuffling gathers what the permutation importance needs: rows that no tree
// tells apart are a cell, with sums over their labels that give its mean loss at
// any margins.
type shuffling struct {
	model    *gbtree.Model
	label    string
	lossName string
	loss     func(cell int, margins []float32) float64
	seen     *different
	sums     []labelSums
	classes  []float64 // per cell and class, for Softprob
}

// labelSums are over the rows of a cell.
type labelSums struct{ n, y, squares float64 }

func newShuffling(m *gbtree.Model, label string) (*shuffling, error) {
	s := &shuffling{model: m, label: label, seen: newDifferent(shap.NewSplits(m))}
	switch m.Objective {
	case gbtree.SquaredError:
		s.lossName, s.loss = "the mean squared error", s.squaredError
	case gbtree.Logistic:
		s.lossName, s.loss = "the log loss", s.logLoss
	case gbtree.Softprob:
		s.lossName, s.loss = "the log loss", s.classLoss
	default:
		return nil, usagef("--label: the permutation importance is for %s, %s and %s; this is a model of %s", gbtree.SquaredError, gbtree.Logistic, gbtree.Softprob, m.Objective)
	}
	return s, nil
}

func (s *shuffling) cells() int { return len(s.sums) }

func (s *shuffling) full() bool { return len(s.sums) == mostCells }

// add counts rows with a label. Those of new cells are left out when there are
// enough.
func (s *shuffling) add(row []float32, label float32, count int64) error {
	y, n := float64(label), float64(count)
	outputs := s.model.Outputs()
	switch {
	case y != y:
		return pipeline.Hint(fmt.Errorf("column %s, the label, is empty in some rows", s.label), "Leave these rows out.")
	case s.model.Objective == gbtree.Logistic && !(y >= 0 && y <= 1):
		return fmt.Errorf("column %s, the label, holds %g; for %s it lies between 0 and 1", s.label, y, s.model.Objective)
	case s.model.Objective == gbtree.Softprob && !(y >= 0 && y < float64(outputs) && y == math.Trunc(y)):
		return fmt.Errorf("column %s, the label, holds %g; the model's classes are 0 to %d", s.label, y, outputs-1)
	}
	if s.full() && !s.seen.knows(row) {
		return nil
	}
	cell := int(s.seen.of(row))
	if cell == len(s.sums) {
		s.sums = append(s.sums, labelSums{})
		if s.model.Objective == gbtree.Softprob {
			s.classes = append(s.classes, make([]float64, outputs)...)
		}
	}
	sum := &s.sums[cell]
	sum.n, sum.y, sum.squares = sum.n+n, sum.y+n*y, sum.squares+n*y*y
	if s.classes != nil {
		s.classes[cell*outputs+int(y)] += n
	}
	return nil
}

func (s *shuffling) importance(ctx context.Context) ([]shap.Permuted, error) {
	cells := shap.Cells{Values: s.seen.values, Weight: make([]float64, len(s.sums))}
	for i, sum := range s.sums {
		cells.Weight[i] = sum.n
	}
	return shap.Permutation(ctx, s.model, cells, s.loss, shuffles, 0, runtime.GOMAXPROCS(0))
}

func (s *shuffling) squaredError(cell int, margins []float32) float64 {
	sum, m := &s.sums[cell], float64(margins[0])
	return m*m + (sum.squares-2*m*sum.y)/sum.n
}

func (s *shuffling) logLoss(cell int, margins []float32) float64 {
	sum, m := &s.sums[cell], float64(margins[0])
	return max(m, 0) + math.Log1p(math.Exp(-math.Abs(m))) - m*sum.y/sum.n
}

func (s *shuffling) classLoss(cell int, margins []float32) float64 {
	highest, total, right := float64(margins[0]), 0.0, 0.0
	for _, m := range margins {
		highest = max(highest, float64(m))
	}
	for k, m := range margins {
		total += math.Exp(float64(m) - highest)
		right += s.classes[cell*len(margins)+k] * float64(m)
	}
	return highest + math.Log(total) - right/s.sums[cell].n
}
