package whatif

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Lever is a feature with the best realistic single move of it.
type Lever struct {
	Feature Feature
	Move    *Move // nil: no move that was tried helps
	Effect  Effect
	Truth   *float64 // the true change of expected purchases, where it is known
}

// Text is the move in words.
func (l Lever) Text() string {
	if l.Move == nil {
		return l.Feature.String() + ": nothing that was tried"
	}
	return l.Move.Text(l.Feature)
}

// MarshalJSON writes a lever with its words.
func (l Lever) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Feature string   `json:"feature"`
		Kind    Kind     `json:"kind,omitempty"`
		Text    string   `json:"text"`
		Move    *Move    `json:"move"`
		Effect  Effect   `json:"effect"`
		Truth   *float64 `json:"truth,omitempty"`
	}{l.Feature.Name, l.Feature.Kind, l.Text(), l.Move, l.Effect, l.Truth})
}

// shares are the percentiles that levers move to: what the best tenth or the
// best quarter of customers already have is within reach.
var shares = []float64{0.10, 0.25}

// Levers ranks the movable features by how many purchases the best realistic
// single move of each is expected to add. For numbers it caps what is above the
// 10th or 25th percentile of everyone, or lifts what is below the 75th or 90th,
// whichever the model likes best: "no page slower than those of the fastest
// tenth". For classes and codes it gives everybody the best class. Who is
// better off already stays as they are.
//
// features are those of the model, in its order; fixed ones are left out.
// truth, which may be nil, gives the true probability of a row, for data whose
// truth is known; the change that a move truly makes is then told as well.
func (s *Study) Levers(ctx context.Context, who Population, features []Feature, truth func(row []float32) float64) ([]Lever, error) {
	before, err := s.purchasesBefore(ctx, who)
	if err != nil {
		return nil, err
	}
	var out []Lever
	if who.Customers() == 0 {
		return nil, errors.New("what-if: there are no customers to ask about")
	}
	for f, feature := range features {
		if feature.Fixed {
			continue
		}
		lever := Lever{Feature: feature, Effect: Effect{Customers: who.Customers()}}
		best, err := s.bestMove(ctx, who, before[0], f, feature)
		if err != nil {
			return nil, err
		}
		if best != nil {
			lever.Move = best
			if lever.Effect, err = s.change(ctx, who, before, []Move{*best}); err != nil {
				return nil, err
			}
			if truth != nil {
				change := TrueChange(who, []Move{*best}, truth)
				lever.Truth = &change
			}
		}
		out = append(out, lever)
	}
	slices.SortStableFunc(out, func(a, b Lever) int { return cmp.Compare(b.Effect.Change, a.Effect.Change) })
	return out, nil
}

// bestMove is the candidate that adds most purchases, nil where none adds any.
func (s *Study) bestMove(ctx context.Context, who Population, before float64, f int, feature Feature) (*Move, error) {
	var best *Move
	most := before + 1e-9*float64(who.Customers()) // more than rounding
	for _, m := range s.candidates(f, feature) {
		after, err := s.purchases(ctx, s.models[:1], who.moved([]Move{m}))
		if err != nil {
			return nil, err
		}
		if after[0] > most {
			best, most = &m, after[0]
		}
	}
	return best, nil
}

func (s *Study) candidates(f int, feature Feature) []Move {
	var moves []Move
	o := s.observed[f]
	if len(feature.Classes) > 0 {
		for _, x := range o.values {
			moves = append(moves, Move{f, Set, x})
		}
		return moves
	}
	if len(o.values) < 2 {
		return nil
	}
	for _, share := range shares {
		moves = append(moves, Move{f, AtMost, o.quantile(share)}, Move{f, AtLeast, o.quantile(1 - share)})
	}
	return moves
}

// TrueChange is the change of expected purchases by the true probability of a
// row.
func TrueChange(who Population, moves []Move, truth func(row []float32) float64) float64 {
	change := 0.0
	moved := who.moved(moves)
	for i, n := range who.Count {
		change += float64(n) * (truth(moved.Row(i)) - truth(who.Row(i)))
	}
	return change
}

// Answer is the answer to the lab's closing question.
type Answer struct {
	Technical  Lever     `json:"technical"` // the best of its kind
	Product    Lever     `json:"product"`
	Difference float64   `json:"difference"` // purchases that the technical one adds over the product one
	Interval   *Interval `json:"interval,omitempty"`
}

// TechnicalOrProduct compares the best lever of either kind, refit by refit, so
// that what they have in common does not blur the difference. It is false where
// a kind has no lever.
func TechnicalOrProduct(levers []Lever) (Answer, bool) {
	best := func(k Kind) int { return slices.IndexFunc(levers, func(l Lever) bool { return l.Feature.Kind == k }) }
	t, p := best(Technical), best(Product)
	if t < 0 || p < 0 {
		return Answer{}, false
	}
	a := Answer{Technical: levers[t], Product: levers[p], Difference: levers[t].Effect.Change - levers[p].Effect.Change}
	var differences []float64
	for i, n := 0, max(len(levers[t].Effect.changes), len(levers[p].Effect.changes)); i < n; i++ {
		differences = append(differences, nth(levers[t].Effect.changes, i)-nth(levers[p].Effect.changes, i))
	}
	a.Interval = middle(differences)
	return a, true
}

// nth is a refit's change; a lever that no move of helps changes nothing.
func nth(changes []float64, i int) float64 {
	if i < len(changes) {
		return changes[i]
	}
	return 0
}

// String is the answer as a sentence.
func (a Answer) String() string {
	first, second := a.Technical, a.Product
	if a.Difference < 0 {
		first, second = second, first
	}
	what := func(l Lever) string {
		if l.Move == nil {
			return fmt.Sprintf("no %s change that was tried adds any", l.Feature.Kind)
		}
		return fmt.Sprintf("%s (%s) would add %.1f purchases for every 1,000 customers", l.Text(), l.Feature.Kind, l.Effect.PerThousand(l.Effect.Change))
	}
	lead := fmt.Sprintf("A %s improvement promises more: ", first.Feature.Kind)
	if a.Interval != nil && a.Interval.Low <= 0 && a.Interval.High >= 0 {
		lead = "Too close to call between a technical and a product improvement: "
	}
	sentence := lead + what(first) + "; " + what(second) + "."
	if a.Interval == nil {
		sentence += " How sure that is cannot be told without the labels."
	}
	return sentence
}
