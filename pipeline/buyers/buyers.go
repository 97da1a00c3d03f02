// Package buyers makes the list that marketing asks for: who will most likely
// buy, why, and what would help. It also says what the list is worth: how many
// of all buyers its first entries hold.
package buyers

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"willbuy/pipeline/metrics"
	"willbuy/pipeline/shap"
	"willbuy/pipeline/whatif"
)

// Caveat is what has to stand below a list with levers.
const Caveat = whatif.Caveat

// Uncalibrated says what a probability is where no labels are known.
const Uncalibrated = "the probabilities are the model's own; how far they hold can be told only where it is known who bought"

// mostReasons is how many reasons a buyer gets: more are not read.
const mostReasons = 3

// Customer is a row that stands on a list.
type Customer struct {
	Row    int64     // in file order, from 1
	Score  float64   // the prediction
	Values []float32 // of the model's features, NaN where missing
}

// Top keeps the customers with the highest scores of any number that pass by,
// in memory for those alone. Of equal scores the earlier row goes first.
type Top struct {
	most int
	list worstFirst
}

// NewTop keeps so many.
func NewTop(most int) *Top { return &Top{most: most} }

// Add offers a customer. The values are copied if they are kept.
func (t *Top) Add(row int64, score float64, values []float32) {
	c := Customer{row, score, values}
	if len(t.list) >= t.most && (t.most == 0 || !before(c, t.list[0])) {
		return
	}
	c.Values = slices.Clone(values)
	if len(t.list) == t.most {
		t.list[0] = c
		heap.Fix(&t.list, 0)
		return
	}
	heap.Push(&t.list, c)
}

// Ranked gives the customers, the likeliest buyer first.
func (t *Top) Ranked() []Customer {
	return slices.SortedFunc(slices.Values(t.list), func(a, b Customer) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
	})
}

func before(a, b Customer) bool { return a.Score > b.Score || a.Score == b.Score && a.Row < b.Row }

// Buyer is a customer with what is known of them.
type Buyer struct {
	Customer
	Probability float64      // of a purchase: calibrated, or else the score between 0 and 1
	Reasons     []Reason     // the strongest first, at most three
	Lever       *whatif.Step // the single change that would help most; nil where none does
}

// List explains customers, in their order.
type List struct {
	Study     *whatif.Study
	Explainer *shap.Explainer // of the study's model
	// Features tell how to speak of the model's features, in its order, and
	// which of them a shop cannot move.
	Features   []whatif.Feature
	Calibrator *metrics.Calibrator // nil without labels
}

// Explain gives each customer probability, reasons and lever, on all cores.
// onDone, which may be nil, is told how many are done, one call at a time.
func (l *List) Explain(ctx context.Context, customers []Customer, onDone func(done int)) ([]Buyer, error) {
	if k := len(l.Study.Model().Features); len(l.Features) != k {
		return nil, fmt.Errorf("explain buyers: %d features described of a model with %d", len(l.Features), k)
	}
	medians := make([]float32, len(l.Features))
	for f := range medians {
		medians[f] = l.Study.Median(f)
	}
	out := make([]Buyer, len(customers))
	var mu sync.Mutex
	var group sync.WaitGroup
	done, workers := 0, min(len(customers), runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			phi := make([]float64, len(l.Features))
			for i := w; i < len(customers) && ctx.Err() == nil; i += workers {
				out[i] = l.explain(customers[i], phi, medians)
				mu.Lock()
				if done++; onDone != nil {
					onDone(done)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return out, ctx.Err()
}

func (l *List) explain(c Customer, phi []float64, medians []float32) Buyer {
	b := Buyer{Customer: c, Probability: min(max(c.Score, 0), 1)}
	if l.Calibrator != nil {
		b.Probability = l.Calibrator.At(c.Score)
	}
	l.Explainer.Contributions(c.Values, phi)
	for f, by := range phi {
		if by != 0 {
			b.Reasons = append(b.Reasons, Reason{Feature: l.Features[f], Value: c.Values[f], Median: medians[f], By: by})
		}
	}
	slices.SortStableFunc(b.Reasons, func(x, y Reason) int { return cmp.Compare(math.Abs(y.By), math.Abs(x.By)) })
	b.Reasons = b.Reasons[:min(mostReasons, len(b.Reasons))]
	if step, ok := l.Study.BestFor(c.Values, l.Features); ok {
		b.Lever = &step
	}
	return b
}

// worstFirst is a heap that has the customer who is the first to go on top.
type worstFirst []Customer

func (l worstFirst) Len() int           { return len(l) }
func (l worstFirst) Less(i, j int) bool { return before(l[j], l[i]) }
func (l worstFirst) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *worstFirst) Push(x any)        { *l = append(*l, x.(Customer)) }
func (l *worstFirst) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
