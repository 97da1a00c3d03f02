package whatif

import (
	"cmp"
	"slices"
)

// BestFor is the single change that raises one customer's expected purchase
// most; of equals the one nearest to what the customer has. Numbers stay between
// the 10th and the 90th percentile of everyone, as for Levers: what is within
// reach. It is false where no change helps. features are those of the model, in
// its order; fixed ones are left out.
func (s *Study) BestFor(row []float32, features []Feature) (Step, bool) {
	m := s.models[0]
	var best Step
	most := m.Margin(row)
	for f, feature := range features {
		if feature.Fixed {
			continue
		}
		o := s.observed[f]
		all := s.ways(f, feature, row[f])
		ways := slices.Concat(all.down, all.up)
		if len(feature.Classes) == 0 {
			ways = slices.DeleteFunc(ways, func(w way) bool {
				return w.value < o.quantile(shares[0]) || w.value > o.quantile(1-shares[0])
			})
		}
		if len(ways) == 0 {
			continue
		}
		slices.SortFunc(ways, func(a, b way) int { return cmp.Compare(a.value, b.value) })
		values := make([]float32, len(ways))
		for i, w := range ways {
			values[i] = w.value
		}
		t := newTracer(f, values)
		t.trace(m, row)
		for i, w := range ways {
			if margin := t.margins[i]; margin > most || margin == most && best.Index == f && w.distance < best.Distance {
				most = margin
				best = w.step(feature, f, row[f], counted(m, margin)-Purchase(m, row))
			}
		}
	}
	return best, best.Change > 0
}
