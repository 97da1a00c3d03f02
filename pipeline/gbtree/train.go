package gbtree

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Round tells how the model does after one more round: metric → value for each
// of eval_metric or, without, for the objective's own: rmse, logloss or mlogloss.
// What is not defined, such as auc where all labels are alike, is absent.
type Round struct {
	Round      int                           `json:"round"` // from 0, those of Input.From counted
	Train      map[string]float64            `json:"train"`
	Validation map[string]float64            `json:"validation,omitzero"` // of the last watched set
	Others     map[string]map[string]float64 `json:"others,omitempty"`    // of the watched sets before it, by name
}

// Train boosts p.Rounds rounds on the cells of in.Train, fewer if early stopping
// ends it. onRound, which may be nil, is called after every round; its error ends
// the training and is returned, as is the context's, which is noticed within a
// round, too: with it comes the model of the rounds that were finished, nil if
// there is none. Without onRound and early stopping only the last round is
// measured.
//
// The model is the one that XGBoost, of the release that the cuts name, trains
// on the rows which the cells stand for, if p.SameTrees.
func Train(ctx context.Context, p Params, in Input, onRound func(Round) error) (*Model, error) {
	b := &booster{params: &p}
	defer b.memory.free()
	if err := b.begin(in); err != nil {
		return nil, fmt.Errorf("train %s: %w", p.Objective, err)
	}
	watched := onRound != nil || p.EarlyStoppingRounds > 0
	for round := range p.Rounds {
		finished := len(b.model.Trees)
		if err := b.round(ctx); err != nil {
			if ctx.Err() == nil || round == 0 {
				return nil, err
			}
			b.model.Trees = b.model.Trees[:finished]
			return b.finish(), err
		}
		if !watched && round < p.Rounds-1 {
			continue // the last round tells whether all numbers stayed finite
		}
		report, err := b.measure(ctx, round == p.Rounds-1)
		if err != nil {
			return nil, fmt.Errorf("train %s: round %d: %w", p.Objective, report.Round, err)
		}
		if onRound != nil {
			if err := onRound(report); err != nil {
				return nil, err
			}
		}
		done, err := b.stop.after(report.Round, report.Validation)
		if err != nil {
			return nil, fmt.Errorf("train %s: %w", p.Objective, err)
		}
		if done {
			break
		}
	}
	return b.finish(), nil
}

// booster is a model in training.
type booster struct {
	params  *Params
	model   *Model
	grower  *grower
	sets    []*tracked // the training set, then the watched ones
	metrics []metric
	stop    stopper
	sums    []pair  // gradients of the training cells
	counts  []int64 // rows of every entry that count: Cells.Count or a sample
	begun   bool    // the next tree is, which is the first of its round
	memory  memory
}

// begin checks the input and sets up the model before the first new tree.
func (b *booster) begin(in Input) error {
	p, m := b.params, &b.memory
	if err := checkInput(p, in); err != nil {
		return err
	}
	b.model = first(p, in)
	b.sums, b.counts = array[pair](m, in.Train.Len()), in.Train.Count
	if p.Subsample < 1 {
		b.counts = array[int64](m, len(in.Train.Count))
	}
	sets := append([]Watch{{"training", in.Train}}, in.Watch...)
	for _, w := range sets {
		b.sets = append(b.sets, &tracked{name: w.Name, cells: w.Cells, outputs: p.Outputs(),
			margins: array[float32](m, w.Cells.Len()*p.Outputs()), predicted: array[float32](m, w.Cells.Len()*p.Outputs())})
	}
	var err error
	if b.grower, err = newGrower(p, in.Train, m); err != nil {
		return err
	}
	if m.err == nil {
		for _, s := range b.sets {
			s.begin(b.model, m)
		}
	}
	if m.err != nil {
		return m.err
	}
	list, deciding, err := metricsOf(p)
	b.metrics = list
	b.stop = stopper{metric: deciding, patience: p.EarlyStoppingRounds, set: sets[len(sets)-1].Name}
	return err
}

// first is the model before the first new tree.
func first(p *Params, in Input) *Model {
	if in.From != nil {
		m := *in.From
		m.Trees = slices.Clone(m.Trees)
		if m.Attributes = maps.Clone(m.Attributes); m.Attributes == nil {
			m.Attributes = map[string]string{}
		}
		return &m
	}
	return &Model{
		Features:   slices.Clone(in.Train.Cuts.Features),
		Objective:  p.Objective,
		Round:      p.Outputs(),
		BaseScore:  baseScore(p, in.Train),
		Attributes: map[string]string{},
	}
}

// round grows a tree for every output, all from the margins before the round.
func (b *booster) round(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	train, outputs := b.sets[0], b.model.Outputs()
	if b.model.Objective == Softprob {
		// XGBoost computes these probabilities a second time and here subtracts at
		// least FLT_MIN from the margins: rounding differs where all are negative.
		softmax(outputs, train.margins, train.predicted, 0x1p-126)
	}
	for output := range outputs {
		if !b.begun {
			b.gradients(output)
			b.grower.begin(ctx, b.sums)
		}
		b.begun = false
		tree, err := b.grower.grow(ctx, b.sums)
		if err != nil {
			return err
		}
		tree.Class = int32(output)
		b.model.Trees = append(b.model.Trees, tree.Tree)
		b.grower.addLeaves(tree, train.margins, output, outputs)
		for _, s := range b.sets[1:] {
			tree.addTo(s.margins, output, outputs, s.cells)
		}
	}
	predictions(b.model.Objective, outputs, train.margins, train.predicted)
	return nil
}

// gradients computes the gradients of the training cells for the next tree, of
// one output.
func (b *booster) gradients(output int) {
	if b.params.Subsample < 1 {
		sampleRows(b.params, b.sets[0].cells, len(b.model.Trees), b.counts)
	}
	gradients(b.params, b.sets[0], b.counts, output, b.sums)
}

// measure computes the metrics of the round that was grown last. Unless it is the
// last of all, the next one begins meanwhile: neither work fills all cores.
func (b *booster) measure(ctx context.Context, last bool) (Round, error) {
	report := Round{Round: len(b.model.Trees)/b.model.Round - 1}
	for _, s := range b.sets[1:] {
		predictions(b.model.Objective, s.outputs, s.margins, s.predicted)
	}
	var scores []map[string]float64
	var err error
	if b.begun = !last && b.model.Objective != Softprob; b.begun { // whose rounds begin with other predictions
		b.gradients(0)
		inParallel(2, func(i int) {
			if i == 0 { // it takes longer
				b.grower.begin(ctx, b.sums)
			} else {
				scores, err = evaluate(b.metrics, b.sets)
			}
		})
	} else {
		scores, err = evaluate(b.metrics, b.sets)
	}
	if err != nil {
		return report, err
	}
	report.Train = scores[0]
	if last := len(scores) - 1; last > 0 {
		report.Validation = scores[last]
		for i := 1; i < last; i++ {
			if report.Others == nil {
				report.Others = map[string]map[string]float64{}
			}
			report.Others[b.sets[i].name] = scores[i]
		}
	}
	return report, nil
}

// finish notes which round was the best.
func (b *booster) finish() *Model {
	m := b.model
	m.BestRound = len(m.Trees)/m.Round - 1
	if b.stop.patience > 0 {
		m.BestRound = b.stop.best
		m.Attributes["best_iteration"] = strconv.Itoa(b.stop.best)
		m.Attributes["best_score"] = strconv.FormatFloat(b.stop.score, 'g', -1, 64)
	}
	return m
}
