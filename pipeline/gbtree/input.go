package gbtree

import (
	"errors"
	"fmt"
	"slices"

	"willbuy/pipeline/encode"
)

// Input is what Train works on. Cells of all sets have the same cuts.
type Input struct {
	Train *encode.Cells
	// Watch are the sets that are measured after every round. Early stopping
	// looks at the last one.
	Watch []Watch
	// From is a model to go on from, of the same features and objective: the new
	// trees come after its trees, and its base score stays. Margin of all cells
	// must then hold its margins. Nil to begin anew.
	From *Model
}

// Watch is a set of cells that is measured and not trained on.
type Watch struct {
	Name  string
	Cells *encode.Cells
}

// checkInput refuses what cannot be trained, by a sentence that names the set or
// the feature.
func checkInput(p *Params, in Input) error {
	if err := p.Check(); err != nil {
		return err
	}
	train := in.Train
	if train == nil || train.Len() == 0 {
		return errors.New("there are no training rows")
	}
	if err := p.CheckFeatures(train.Cuts.Features); err != nil {
		return err
	}
	if err := checkFrom(p, in.From, train.Cuts.Features); err != nil {
		return err
	}
	if err := checkSet(p, in.From, train); err != nil {
		return fmt.Errorf("training rows: %w", err)
	}
	if len(in.Watch) == 0 && p.EarlyStoppingRounds > 0 {
		return errors.New("early_stopping_rounds needs validation rows")
	}
	names := map[string]bool{}
	for _, w := range in.Watch {
		switch {
		case names[w.Name]:
			return fmt.Errorf("two watched sets have the name %s", w.Name)
		case w.Cells == nil || w.Cells.Len() == 0:
			return fmt.Errorf("there are no %s rows", w.Name)
		case w.Cells.Cuts != train.Cuts:
			return fmt.Errorf("%s cells were binned with other cuts than the training cells", w.Name)
		}
		names[w.Name] = true
		if err := checkSet(p, in.From, w.Cells); err != nil {
			return fmt.Errorf("%s rows: %w", w.Name, err)
		}
	}
	return nil
}

func checkSet(p *Params, from *Model, cells *encode.Cells) error {
	switch {
	case from == nil && cells.Margin != nil:
		return errors.New("they have margins of an earlier model, which is not given")
	case from != nil && len(cells.Margin) != cells.Len()*p.Outputs():
		return fmt.Errorf("%d margins of the earlier model for %d cells with %d outputs", len(cells.Margin), cells.Len(), p.Outputs())
	}
	return checkRows(p, cells)
}

// checkFrom refuses a model that the parameters and features do not go on from.
func checkFrom(p *Params, from *Model, features []string) error {
	switch {
	case from == nil:
		return nil
	case from.Objective != p.Objective || from.Outputs() != p.Outputs():
		return fmt.Errorf("the model to go on from is of %s with %d outputs, not %d of %s",
			from.Objective, from.Outputs(), p.Outputs(), p.Objective)
	case p.BaseScore != nil:
		return errors.New("base_score cannot be given: that of the model to go on from stays")
	case from.Round != from.Outputs():
		return fmt.Errorf("the model to go on from grows %d trees a round for %d outputs; forests are not trained here", from.Round, from.Outputs())
	case !slices.Equal(from.Features, features):
		for i := range min(len(features), len(from.Features)) {
			if features[i] != from.Features[i] {
				return fmt.Errorf("feature %d of the model to go on from is %s, here it is %s", i, from.Features[i], features[i])
			}
		}
		return fmt.Errorf("the model to go on from has %d features, here are %d", len(from.Features), len(features))
	}
	return nil
}
