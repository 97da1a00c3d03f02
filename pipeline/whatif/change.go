package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"willbuy/pipeline/gbtree"
)

// Coverage is the share of refits whose answer lies within an interval.
const Coverage = 0.90

// Interval is the range in which the middle 90 % of the refits' answers lie.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Effect is what the model expects of a scenario.
type Effect struct {
	Customers int64     `json:"customers"`
	Moved     int64     `json:"moved"`              // customers who are changed at all
	Before    float64   `json:"before"`             // expected purchases
	After     float64   `json:"after"`              //
	Change    float64   `json:"change"`             // After − Before
	Interval  *Interval `json:"interval,omitempty"` // of Change; nil without refits
	Beyond    []Beyond  `json:"beyond,omitempty"`

	changes []float64 // of each refit
}

// Beyond are customers whom a scenario gives a value that nobody had: trees
// answer with the nearest that somebody had.
type Beyond struct {
	Feature   string  `json:"feature"`
	Low       float32 `json:"low"` // what was observed
	High      float32 `json:"high"`
	Customers int64   `json:"customers"`
}

// PerThousand is a number of purchases for every 1,000 of the customers.
func (e Effect) PerThousand(purchases float64) float64 {
	return purchases / float64(e.Customers) * 1000
}

// Change makes all moves, in order, to the customers who are asked about and
// tells what that does to the purchases that the model expects.
func (s *Study) Change(ctx context.Context, who Population, moves []Move) (Effect, error) {
	if who.Customers() == 0 {
		return Effect{}, errors.New("what-if: there are no customers to ask about")
	}
	before, err := s.purchasesBefore(ctx, who)
	if err != nil {
		return Effect{}, err
	}
	return s.change(ctx, who, before, moves)
}

// change is Change where the purchases of every model are known beforehand.
func (s *Study) change(ctx context.Context, who Population, before []float64, moves []Move) (Effect, error) {
	e := Effect{Customers: who.Customers()}
	moved := who.moved(moves)
	var err error
	if e.Moved, e.Beyond, err = s.compare(who, moved, moves); err != nil {
		return e, err
	}
	after, err := s.purchasesAfter(ctx, who, moved, moves)
	if err != nil {
		return e, err
	}
	e.Before, e.After, e.Change = before[0], after[0], after[0]-before[0]
	for i := range s.Refits() {
		e.changes = append(e.changes, after[i+1]-before[i+1])
	}
	e.Interval = middle(e.changes)
	return e, nil
}

// purchases is the expected number of purchases of each of models.
func (s *Study) purchases(ctx context.Context, models []*gbtree.Model, p Population) ([]float64, error) {
	splits := s.splits
	if len(models) == 1 {
		splits = s.own
	}
	return bundle(p, splits, mostSplit(splits)).purchases(ctx, models)
}

// purchasesBefore is purchases of all models; those of everyone are remembered,
// so that one who tries this and that waits half as long.
func (s *Study) purchasesBefore(ctx context.Context, who Population) ([]float64, error) {
	if !s.isEveryone(who) {
		return s.purchases(ctx, s.models, who)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before == nil {
		before, err := s.purchases(ctx, s.models, who)
		if err != nil {
			return nil, err
		}
		s.before = before
	}
	return s.before, nil
}

// purchasesAfter is purchases of all models after moves. Moves of one feature
// leave everyone's bundles as they are, which are remembered.
func (s *Study) purchasesAfter(ctx context.Context, who, moved Population, moves []Move) ([]float64, error) {
	if len(moves) > 0 && s.isEveryone(who) {
		if after, ok := s.bundled(moves[0].Feature).moved(moves); ok {
			return after.purchases(ctx, s.models)
		}
	}
	return s.purchases(ctx, s.models, moved)
}

// bundled are everyone's bundles by a feature.
func (s *Study) bundled(f int) *bundles {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bundles[f] == nil {
		s.bundles[f] = bundle(s.everyone, s.splits, f)
	}
	return s.bundles[f]
}

func (s *Study) isEveryone(who Population) bool {
	return len(who.Count) == len(s.everyone.Count) && &who.Count[0] == &s.everyone.Count[0]
}

// compare counts the customers whom the moves change, and those whom they give
// a value that nobody had.
func (s *Study) compare(who, moved Population, moves []Move) (changed int64, beyond []Beyond, err error) {
	for i, n := range who.Count {
		if !slices.EqualFunc(who.Row(i), moved.Row(i), same) {
			changed += n
		}
	}
	for f, name := range s.everyone.Features {
		if !slices.ContainsFunc(moves, func(m Move) bool { return m.Feature == f }) {
			continue
		}
		outside := Beyond{Feature: name}
		for i, n := range moved.Count {
			switch x := moved.Row(i)[f]; {
			case math.IsInf(float64(x), 0):
				return 0, nil, fmt.Errorf("what-if: %s becomes infinite", name)
			case x == x && !same(x, who.Row(i)[f]) && !s.observed[f].holds(x):
				outside.Customers += n
			}
		}
		if o := s.observed[f].values; outside.Customers > 0 {
			if len(o) > 0 {
				outside.Low, outside.High = o[0], o[len(o)-1]
			}
			beyond = append(beyond, outside)
		}
	}
	return changed, beyond, nil
}

func same(a, b float32) bool { return a == b || a != a && b != b }

// middle is the percentile interval (Efron 1979) of the answers of refits.
func middle(answers []float64) *Interval {
	if len(answers) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(answers))
	const tail = (1 - Coverage) / 2
	return &Interval{between(sorted, tail), between(sorted, 1-tail)}
}

// between is the quantile q of sorted numbers, on the straight line between the
// two nearest (type 7 of Hyndman and Fan 1996, numpy's default).
func between(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
