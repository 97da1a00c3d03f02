// Package whatif asks a model of purchases what it would expect if something
// were different: for one customer or for many, for one change or for the best
// of all, and how far the answer can be trusted.
//
// Everything rests on two properties of trees. Rows that no split tells apart
// share their prediction, so that a shop of any size is a list of distinct rows
// with counts. And a model has finitely many intervals of every feature, so
// that "the smallest change that turns a no into a yes" is a finite search with
// a proof at its end.
//
// How sure a number is comes from training the model again on customers drawn
// anew (Refit), which cells make affordable: the spread of the answers over
// these models is the interval.
package whatif

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
)

// Caveat is what has to stand beside every answer of this package.
const Caveat = "This is what the model expects of customers with such values. It has seen who bought, not what a change does: whether a change causes it, only a test in the shop can tell."

// NoInterval says why an answer has no interval.
const NoInterval = "no interval: it takes the labels of the rows that the model was trained on"

// Study is a model with the customers that questions are about. It is safe for
// concurrent use.
type Study struct {
	models   []*gbtree.Model // the model, then its refits
	everyone Population
	splits   shap.Splits // of all models
	own      shap.Splits // of the model
	observed []observed

	mu      sync.Mutex // of what is remembered:
	before  []float64  // everyone's purchases, of each model
	bundles []*bundles // everyone's, by feature; nil while nobody asked
}

// New prepares questions to m, all trees counted. Everyone are the customers
// that "usual" and "seen before" are measured by: medians, percentiles, ranges.
// Refits, of which there may be none, give the intervals.
//
// Models with one output alone count purchases: the probability of logistic, and
// of squared error (the lab's default) the prediction itself, read as the
// expected number of purchases and therefore cut off at 0 and 1.
func New(m *gbtree.Model, everyone Population, refits []*gbtree.Model) (*Study, error) {
	if m.Outputs() != 1 || m.Objective != gbtree.Logistic && m.Objective != gbtree.SquaredError {
		return nil, fmt.Errorf("what-if counts purchases, which a model of %s with %d outputs does not predict; %s and %s do",
			m.Objective, m.Outputs(), gbtree.Logistic, gbtree.SquaredError)
	}
	models := append([]*gbtree.Model{m}, refits...)
	for i, other := range models {
		if !slices.Equal(other.Features, m.Features) {
			return nil, fmt.Errorf("what-if: refit %d has other features than the model", i)
		}
	}
	if !slices.Equal(everyone.Features, m.Features) {
		return nil, errors.New("what-if: the customers have other features than the model")
	}
	if everyone.Customers() == 0 {
		return nil, errors.New("what-if: there are no customers to ask about")
	}
	s := &Study{models: models, everyone: everyone, splits: splitsOf(models...), own: splitsOf(m), bundles: make([]*bundles, len(m.Features))}
	for f := range m.Features {
		s.observed = append(s.observed, observe(everyone, f))
	}
	return s, nil
}

// Model is the model that is asked.
func (s *Study) Model() *gbtree.Model { return s.models[0] }

// Everyone are the customers that New was given.
func (s *Study) Everyone() Population { return s.everyone }

// Refits is the number of models that the intervals rest on.
func (s *Study) Refits() int { return len(s.models) - 1 }

// Median is the weighted median of a feature over everyone, NaN where it is
// missing in all rows.
func (s *Study) Median(feature int) float32 { return s.observed[feature].quantile(0.5) }

// Purchase is what one customer counts for: the prediction, between 0 and 1.
func Purchase(m *gbtree.Model, row []float32) float64 { return counted(m, m.Margin(row)) }

func counted(m *gbtree.Model, margin float32) float64 {
	return min(max(float64(m.Output(margin)), 0), 1)
}

// each does n pieces of work on all cores; it ends early with the context's
// error.
func each(ctx context.Context, n int, do func(i int)) error {
	var group sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += workers {
				do(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
