package gbtree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"willbuy/pipeline/encode"
)

// Input is what Train works on. Cells of all sets have the same cuts.
type Input struct {
	Train *encode.Cells
	// Watch are the sets that are measured after every round. Early stopping
	// looks at the last one.
	Watch []Watch
}

// Watch is a set of cells that is measured and not trained on.
type Watch struct {
	Name  string
	Cells *encode.Cells
}

// Round tells how the model does after one more round: metric → value, rmse for
// squared error, logloss for logistic, and of 0/1 labels auc and error for both.
// auc is absent where all labels are alike.
type Round struct {
	Round      int                           `json:"round"` // from 0
	Train      map[string]float64            `json:"train"`
	Validation map[string]float64            `json:"validation,omitempty"` // of the last watched set
	Others     map[string]map[string]float64 `json:"others,omitempty"`     // of the watched sets before it, by name
}

// Train boosts p.Rounds trees on the cells of train, fewer if early stopping
// ends it. onRound, which may be nil, is called after every tree; its error ends the
// training and is returned, as is the context's.
//
// The model is the one that XGBoost, of the release that the cuts name, trains
// on the rows which the cells stand for.
func Train(ctx context.Context, p Params, in Input, onRound func(Round) error) (*Model, error) {
	train := in.Train
	var valid *encode.Cells
	if len(in.Watch) > 0 {
		valid = in.Watch[len(in.Watch)-1].Cells
	}
	if err := checkInput(&p, train, valid); err != nil {
		return nil, fmt.Errorf("train %s: %w", p.Objective, err)
	}
	m := &Model{
		Features:   slices.Clone(train.Cuts.Features),
		Objective:  p.Objective,
		Round:      1,
		Attributes: map[string]string{},
	}
	if p.BaseScore != nil {
		m.BaseScore = []float32{*p.BaseScore}
	} else {
		m.BaseScore = []float32{baseScore(&p, train)}
	}
	sets := []*tracked{newTracked(train, m)}
	if valid != nil {
		sets = append(sets, newTracked(valid, m))
	}
	t := sets[0]
	stop := newStopper(&p)
	g := newGrower(&p, train)
	sums := make([]pair, train.Len())
	for round := range p.Rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		gradients(&p, train, t.predicted, sums)
		tree := g.grow(sums, t.margins)
		m.Trees = append(m.Trees, tree.Tree)

		for _, s := range sets {
			if s != t { // the training margins are up to date
				tree.addTo(s.margins, s.cells)
			}
			predictions(m.Objective, s.margins, s.predicted)
		}
		scores, err := evaluate(m.Objective, sets)
		if err != nil {
			return nil, fmt.Errorf("train %s: round %d: %w", p.Objective, round, err)
		}
		report := Round{Round: round, Train: scores[0]}
		if valid != nil {
			report.Validation = scores[1]
		}
		if onRound != nil {
			if err := onRound(report); err != nil {
				return nil, err
			}
		}
		done, err := stop.after(report)
		if err != nil {
			return nil, fmt.Errorf("train %s: %w", p.Objective, err)
		}
		if done {
			break
		}
	}
	m.BestRound = len(m.Trees) - 1
	if p.EarlyStoppingRounds > 0 {
		m.BestRound = stop.best
		m.Attributes["best_iteration"] = strconv.Itoa(stop.best)
		m.Attributes["best_score"] = strconv.FormatFloat(stop.score, 'g', -1, 64)
	}
	return m, nil
}

func checkInput(p *Params, train, valid *encode.Cells) error {
	if err := p.Check(); err != nil {
		return err
	}
	if train == nil || train.Len() == 0 {
		return errors.New("there are no training rows")
	}
	if err := checkRows(p.Objective, train); err != nil {
		return fmt.Errorf("training rows: %w", err)
	}
	if valid == nil || valid.Len() == 0 {
		switch {
		case valid != nil:
			return errors.New("there are no validation rows")
		case p.EarlyStoppingRounds > 0:
			return errors.New("early_stopping_rounds needs validation rows")
		}
		return nil
	}
	if valid.Cuts != train.Cuts {
		return errors.New("validation cells were binned with other cuts than the training cells")
	}
	if err := checkRows(p.Objective, valid); err != nil {
		return fmt.Errorf("validation rows: %w", err)
	}
	return nil
}

// tracked is a set of cells with the margins that the trees so far give them.
type tracked struct {
	cells              *encode.Cells
	margins, predicted []float32
}

func newTracked(cells *encode.Cells, m *Model) *tracked {
	t := &tracked{cells, make([]float32, cells.Len()), make([]float32, cells.Len())}
	base := m.BaseMargin(0)
	for i := range t.margins {
		t.margins[i] = base
	}
	predictions(m.Objective, t.margins, t.predicted)
	return t
}

// stopper is XGBoost's EarlyStopping callback on the validation set.
type stopper struct {
	metric   metric
	patience int
	best     int // round
	score    float64
	waited   int
}

func newStopper(p *Params) *stopper {
	s := &stopper{metric: metrics[p.Objective][0], patience: p.EarlyStoppingRounds}
	for _, m := range metrics[p.Objective] {
		if m.name == p.EvalMetric {
			s.metric = m
		}
	}
	return s
}

// after takes the scores of a round and tells whether it was the last one.
func (s *stopper) after(r Round) (done bool, err error) {
	if s.patience == 0 {
		return false, nil
	}
	score, defined := r.Validation[s.metric.name]
	if !defined {
		return false, fmt.Errorf("%s of the validation rows is not defined, since their labels are all alike", s.metric.name)
	}
	better := score < s.score
	if s.metric.higher {
		better = score > s.score
	}
	if r.Round == 0 || better {
		s.best, s.score, s.waited = r.Round, score, 0
	} else {
		s.waited++
	}
	return s.waited >= s.patience, nil
}
