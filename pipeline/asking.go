package pipeline

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"sync"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/shap"
	"willbuy/pipeline/whatif"
)

// WhatIf answers a user's own what-if questions to the model that training
// kept. It has read all that it needs, so that the store is closed again when
// it exists; it is safe for concurrent use. What it answers is not recorded.
type WhatIf struct {
	Features  []whatif.Feature // of the model, in its order
	Customers []Customer       // the first ones by id, at most mostAsked
	Total     int64            // how many customers there are

	study     *whatif.Study
	explainer *shap.Explainer
	truth     truth             // nil where nobody knows it
	some      whatif.Population // on whom the truth is averaged
	sure      *whatif.Study     // with models trained again; nil before Refit
	steps     [][]float32       // by feature: one value for each interval of the model
	params    gbtree.Params
	inner     *encode.Cells

	mu     sync.Mutex
	curves map[int]whatif.Curve // of everybody, by feature
}

// mostAsked is how many customers are at hand; any other is found by id.
const mostAsked = 500

// mostRefitted is up to how many cells the model is trained again for
// intervals while a user waits.
const mostRefitted = 200_000

// OpenWhatIf reads the model and the customers.
func (w *Workspace) OpenWhatIf(ctx context.Context) (*WhatIf, error) {
	k, err := readModel(ctx, w.Store)
	if err != nil {
		return nil, err
	}
	lab := w.Lab()
	rows, err := readParts(ctx, w.Store, lab, k.report.Params)
	if err != nil {
		return nil, err
	}
	everyone := rows.population()
	q := &WhatIf{Total: everyone.Customers(), inner: rows.inner, curves: map[int]whatif.Curve{}}
	if q.study, err = whatif.New(k.model, everyone, nil); err != nil {
		return nil, err
	}
	if q.explainer, err = shap.New(k.model); err != nil {
		return nil, err
	}
	if q.params, err = treeParams(k.report.Params); err != nil {
		return nil, err
	}
	q.params.Rounds = len(k.model.Trees)
	splits := shap.NewSplits(k.model)
	for f := range k.model.Features {
		q.steps = append(q.steps, stepsOf(everyone, splits, f))
	}
	if q.Features, err = inputs(ctx, w.Store, lab); err != nil {
		return nil, err
	}
	if q.truth, err = w.truth(q.Features); err != nil && !errors.Is(err, errOtherTruth) {
		return nil, err
	}
	q.some = evenly(everyone, trueCustomers)
	q.Customers, err = customers(ctx, w.Store, lab, "ORDER BY e."+Ident(lab.ID), mostAsked)
	return q, err
}

// stepsOf gives the values of a feature that make a difference to the model: of
// each of its intervals the smallest that somebody has.
func stepsOf(p whatif.Population, splits shap.Splits, f int) []float32 {
	var values []float32
	for i := range p.Len() {
		if x := p.Row(i)[f]; x == x {
			values = append(values, x)
		}
	}
	slices.Sort(values)
	var steps []float32
	last := -1
	for _, x := range slices.Compact(values) {
		if at := splits.Interval(f, x); at != last {
			steps, last = append(steps, x), at
		}
	}
	return steps
}

// Usual is a customer with the median of every feature: where questions about
// everybody start from.
func (q *WhatIf) Usual() []float32 {
	row := make([]float32, len(q.Features))
	for f := range row {
		row[f] = q.study.Median(f)
	}
	return row
}

// Step goes from a value of a feature to the next one, up or down, that makes a
// difference to the model. It is false where there is none.
func (q *WhatIf) Step(f int, x float32, up bool) (float32, bool) {
	steps := q.steps[f]
	if x != x { // missing: from the lower end
		if up && len(steps) > 0 {
			return steps[0], true
		}
		return x, false
	}
	at := sort.Search(len(steps), func(i int) bool { return steps[i] > x })
	if !up {
		if at = sort.Search(len(steps), func(i int) bool { return steps[i] >= x }) - 1; at < 0 {
			return x, false
		}
	}
	if at == len(steps) {
		return x, false
	}
	return steps[at], true
}

// Place is where a value lies among those that Step goes through: 0 for the
// least, 1 for the largest; NaN where missing.
func (q *WhatIf) Place(f int, x float32) float64 {
	steps := q.steps[f]
	if x != x || len(steps) == 0 {
		return math.NaN()
	}
	at := sort.Search(len(steps), func(i int) bool { return steps[i] > x }) - 1
	return float64(max(0, at)) / float64(max(1, len(steps)-1))
}

// Question is what somebody wants to know.
type Question struct {
	From    []float32 // values as they are: of the customer, or the usual ones
	To      []float32 // and as they are asked about
	One     bool      // From is a customer's
	Feature int       // whose curve is wanted
	Sure    bool      // with intervals, which takes many times as long
}

// Answer is what the model expects.
type Answer struct {
	Question
	Before, After float64        // expected purchase of the customer, or a customer's on average
	Set           *whatif.Effect // if everybody had the new values; nil without a change
	Shift         *whatif.Effect // if everybody's numbers moved as far; nil where only words changed
	Truth         *TrueAnswer    // nil where nobody knows it
	Start, Margin float64        // margins: of the average customer, and of the new values
	Of            float64        // what the latter expects of them
	Phi           []float64      // what each feature contributes between the two
	Curve         whatif.Curve   // of everybody, along the feature
	Own           whatif.Curve   // of the customer with the new values; no points for everybody
}

// TrueAnswer is the same by the formula that the data were drawn from: shares who
// buy, of everybody on a sample.
type TrueAnswer struct {
	Before, After float64 // of the customer, or a customer's on average
	Everybody     float64 // as they are
	Set, Shift    float64 // if everybody had the new values, or moved as far
}

// curvePoints is how many points a curve has at most: more than a screen shows.
const curvePoints = 200

// Answer asks the model. Before Refit there are no intervals.
func (q *WhatIf) Answer(ctx context.Context, ask Question) (Answer, error) {
	a, study := Answer{Question: ask}, q.study
	if ask.Sure && q.sure != nil {
		study = q.sure
	}
	var set, shift []whatif.Move
	for f := range ask.From {
		from, to := ask.From[f], ask.To[f]
		if from == to || from != from && to != to {
			continue
		}
		set = append(set, whatif.Move{Feature: f, Op: whatif.Set, By: to})
		if len(q.Features[f].Classes) == 0 && from == from {
			shift = append(shift, whatif.Move{Feature: f, Op: whatif.Add, By: to - from})
		}
	}
	everyone := q.study.Everyone()
	effect := func(moves []whatif.Move) (*whatif.Effect, error) {
		if len(moves) == 0 {
			return nil, nil
		}
		e, err := study.Change(ctx, everyone, moves)
		return &e, err
	}
	var err error
	if a.Set, err = effect(set); err == nil {
		a.Shift, err = effect(shift)
	}
	if err == nil {
		a.Curve, err = q.curve(ctx, ask.Feature)
	}
	if err != nil {
		return a, err
	}
	a.Start, a.Phi = q.explainer.Bias(), make([]float64, len(ask.To))
	q.explainer.Contributions(ask.To, a.Phi)
	a.Margin, a.Of = float64(q.study.Model().Margin(ask.To)), whatif.Purchase(q.study.Model(), ask.To)
	if q.truth != nil {
		a.Truth = q.inTruth(ask, set, shift)
	}
	if ask.One {
		a.Before, a.After = whatif.Purchase(q.study.Model(), ask.From), whatif.Purchase(q.study.Model(), ask.To)
		a.Own, err = q.study.Curve(ctx, whatif.One(everyone.Features, ask.To), ask.Feature, curvePoints, 0)
		return a, err
	}
	e, err := q.study.Change(ctx, everyone, set)
	a.Before, a.After = e.Before/float64(e.Customers), e.After/float64(e.Customers)
	return a, err
}

// inTruth answers by the truth.
func (q *WhatIf) inTruth(ask Question, set, shift []whatif.Move) *TrueAnswer {
	n, sum := float64(q.some.Customers()), 0.0
	for i, count := range q.some.Count {
		sum += float64(count) * q.truth(q.some.Row(i))
	}
	t := TrueAnswer{Everybody: sum / n}
	t.Set = t.Everybody + whatif.TrueChange(q.some, set, q.truth)/n
	t.Shift = t.Everybody + whatif.TrueChange(q.some, shift, q.truth)/n
	t.Before, t.After = t.Everybody, t.Set
	if ask.One {
		t.Before, t.After = q.truth(ask.From), q.truth(ask.To)
	}
	return &t
}

// curve is everybody's along a feature, found once.
func (q *WhatIf) curve(ctx context.Context, f int) (whatif.Curve, error) {
	q.mu.Lock()
	c, ok := q.curves[f]
	q.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := q.study.Curve(ctx, q.study.Everyone(), f, curvePoints, 0)
	if err == nil {
		q.mu.Lock()
		q.curves[f] = c
		q.mu.Unlock()
	}
	return c, err
}

// Threshold is what a customer's expected purchase has to be above to be called
// a buyer.
const Threshold = 0.5

// Flip is the smallest change after which a customer would be on the other side
// of the threshold.
func (q *WhatIf) Flip(ctx context.Context, row []float32) (whatif.Flip, error) {
	return q.study.Flip(ctx, row, q.Features, Threshold)
}

// errTooLarge tells that intervals would take too long to wait for.
var errTooLarge = errors.New("there are too many cells to train the model again while you wait")

// Refit gives the same with intervals, for which the model is trained again on
// customers drawn anew.
func (q *WhatIf) Refit(ctx context.Context) (*WhatIf, error) {
	if q.inner.Len() > mostRefitted {
		return q, errTooLarge
	}
	models, err := whatif.Refit(ctx, q.params, q.inner, whatif.DefaultRefits, refitSeed, nil)
	if err != nil {
		return q, err
	}
	sure, err := whatif.New(q.study.Model(), q.study.Everyone(), models)
	if err != nil {
		return q, err
	}
	return &WhatIf{Features: q.Features, Customers: q.Customers, Total: q.Total, study: q.study, explainer: q.explainer, truth: q.truth, some: q.some,
		sure: sure, steps: q.steps, params: q.params, inner: q.inner, curves: map[int]whatif.Curve{}}, nil
}

// Refitted tells whether answers can have intervals.
func (q *WhatIf) Refitted() bool { return q.sure != nil }

// refitSeed is what customers are drawn anew from: everywhere the same, so that
// the pane and the record agree.
const refitSeed = 1
