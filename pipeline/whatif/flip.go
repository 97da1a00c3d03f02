package whatif

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Step is one feature's part of a change for one customer.
type Step struct {
	Feature  Feature
	Index    int // of the model's features
	From     float32
	To       float32
	Under    *float32 // where To is the last number below it: what to tell people
	Distance float64  // see Flip
	Change   float64  // what it alone does to the expected purchase
}

// MarshalJSON writes a step with its words; a missing value is null.
func (s Step) MarshalJSON() ([]byte, error) {
	from := &s.From
	if s.From != s.From {
		from = nil
	}
	return json.Marshal(struct {
		Feature  string   `json:"feature"`
		From     *float32 `json:"from"`
		To       float32  `json:"to"`
		Under    *float32 `json:"under,omitempty"`
		Distance float64  `json:"distance"`
		Change   float64  `json:"change"`
		Text     string   `json:"text"`
	}{s.Feature.Name, from, s.To, s.Under, s.Distance, s.Change, s.Text()})
}

// Text is the step in words: "page load 3.2 s → under 1.1 s".
func (s Step) Text() string {
	to := s.Feature.Value(s.To)
	if s.Under != nil {
		to = "under " + s.Feature.Value(*s.Under)
	}
	return fmt.Sprintf("%s %s → %s", s.Feature, s.Feature.Value(s.From), to)
}

// Flip is the smallest change that takes a customer's prediction across a
// threshold.
//
// Of two changes the one of fewer features is the smaller; of as many, the one
// with the smaller sum of distances. A distance is in units of the feature's
// interquartile range over everyone; for a feature with classes, and from a
// missing value, it is 1 whatever the new value.
type Flip struct {
	From   float64 `json:"from"`   // the prediction as it is
	To     float64 `json:"to"`     // and after the steps
	Steps  []Step  `json:"steps"`  // by feature; empty where no change was found
	Proven bool    `json:"proven"` // nothing smaller does it; or, without steps, nothing at all
	Looked int     `json:"looked"` // boxes of changes that were looked at
}

// Flip finds the smallest change of the movable features of a row after which
// the prediction is above the threshold, if it is not; or no longer above, if it
// is. features are those of the model, in its order; fixed ones stay.
//
// The search is exhaustive over the intervals of the model's trees, where one
// value speaks for all: the nearest one. (A feature with few whole values, such
// as stars or codes, has only the values that somebody has; all stay within the
// range that was observed.) Boxes of changes are taken by rising distance and
// split; a box is passed over when even the best leaf of every tree, chosen
// tree by tree among those that it reaches, does not cross the threshold. So
// the first change that crosses is the smallest, and where none is left there
// is none. A search that has looked at very many boxes gives up: it then offers
// what a greedy search finds, not proven to be the smallest.
func (s *Study) Flip(ctx context.Context, row []float32, features []Feature, threshold float64) (Flip, error) {
	if len(row) != len(s.everyone.Features) || len(features) != len(row) {
		return Flip{}, fmt.Errorf("what-if: a row of %d values and %d features for a model of %d", len(row), len(features), len(s.everyone.Features))
	}
	m := s.models[0]
	before := float64(m.Predict(row))
	q := &search{model: m, row: row, threshold: threshold, up: !(before > threshold), slack: slack(m)}
	for f, feature := range features {
		if !feature.Fixed {
			if a := s.ways(f, feature, row[f]); len(a.down)+len(a.up) > 0 {
				q.movable = append(q.movable, a)
			}
		}
	}
	result := Flip{From: before, To: before, Proven: true}
	for changed := 1; changed <= len(q.movable); changed++ {
		found, err := q.run(ctx, changed)
		if err != nil {
			return result, err
		}
		if result.Looked = q.looked; q.spent() && found == nil {
			result.Proven = false
			found = q.greedy()
		}
		if found != nil {
			result.To = float64(m.Predict(found))
			result.Steps = s.steps(row, found, features, q.movable)
			return result, nil
		}
		if q.spent() {
			return result, nil
		}
	}
	return result, nil
}

// steps tells two rows apart.
func (s *Study) steps(row, found []float32, features []Feature, movable []ways) []Step {
	var steps []Step
	for _, w := range movable {
		f := w.feature
		if same(row[f], found[f]) {
			continue
		}
		alone := slices.Clone(row)
		alone[f] = found[f]
		steps = append(steps, w.to(found[f]).step(features[f], f, row[f], Purchase(s.models[0], alone)-Purchase(s.models[0], row)))
	}
	return steps
}
