package whatif

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"willbuy/pipeline/gbtree"
)

// smallest finds the smallest change by trying them all. Where a leaf can begin
// is found without the code under test: at every split condition, just below it,
// and at every observed value.
func smallest(s *Study, row []float32, features []Feature, threshold float64) (changed int, distance float64, found bool) {
	m := s.models[0]
	all := make([][]float32, len(row))
	for f := range row {
		all[f] = []float32{row[f]}
		o := s.observed[f]
		if features[f].Fixed || len(o.values) == 0 {
			continue
		}
		tried := slices.Clone(o.values)
		if !o.integer && len(features[f].Classes) == 0 {
			for _, t := range m.Trees {
				for id := range t.Left {
					if t.Left[id] >= 0 && t.Feature[id] == int32(f) {
						tried = append(tried, t.Cond[id], math.Nextafter32(t.Cond[id], -math.MaxFloat32))
					}
				}
			}
			tried = slices.DeleteFunc(tried, func(x float32) bool { return !o.holds(x) })
		}
		slices.Sort(tried)
		// Of the values that no tree tells apart, the nearest on either side.
		tried = slices.Compact(tried)
		for i, x := range tried {
			alone := func(j int) bool {
				return j < 0 || j >= len(tried) || s.own.Interval(f, tried[j]) != s.own.Interval(f, x)
			}
			if alone(i-1) || alone(i+1) {
				all[f] = append(all[f], x)
			}
		}
	}
	before := float64(m.Predict(row)) > threshold
	var try func(f int, at []float32, n int, d float64)
	try = func(f int, at []float32, n int, d float64) {
		if f == len(row) {
			if float64(m.Predict(at)) > threshold != before && (!found || cmp.Or(cmp.Compare(n, changed), cmp.Compare(d, distance)) < 0) {
				changed, distance, found = n, d, true
			}
			return
		}
		for i, x := range all[f] {
			if i == 0 {
				try(f+1, at, n, d)
				continue
			}
			next := slices.Clone(at)
			next[f] = x
			far := math.Abs(float64(x)-float64(row[f])) / s.observed[f].unit()
			if len(features[f].Classes) > 0 || row[f] != row[f] {
				far = 1
			}
			try(f+1, next, n+1, d+far)
		}
	}
	try(0, slices.Clone(row), 0, 0)
	return changed, distance, found
}

func TestFlipsAreTheSmallestThereAre(t *testing.T) {
	flips, impossible, several := 0, 0, 0
	for seed := range uint64(6) {
		s := newShop(t, seed, 300, func(p *gbtree.Params) {
			p.Rounds, p.MaxDepth, p.MaxBin = 3, 3, 8
			if seed%2 == 1 {
				p.Objective = gbtree.SquaredError
			}
		})
		study := s.study(t)
		for i := range 12 {
			row := s.rows[i*7]
			for _, threshold := range []float64{0.3, 0.5, 0.7} {
				changed, distance, found := smallest(study, row, shopFeatures, threshold)
				flip, err := study.Flip(t.Context(), row, shopFeatures, threshold)
				what := fmt.Sprintf("seed %d, row %v across %g", seed, row, threshold)
				if err != nil || !flip.Proven {
					t.Fatalf("%s: %+v, %v", what, flip, err)
				}
				if !found {
					impossible++
					if len(flip.Steps) > 0 {
						t.Errorf("%s: %+v, where trying all found none", what, flip)
					}
					continue
				}
				sum, after := 0.0, slices.Clone(row)
				for _, step := range flip.Steps {
					sum += step.Distance
					after[step.Index] = step.To
				}
				if len(flip.Steps) != changed || math.Abs(sum-distance) > 1e-9 {
					t.Errorf("%s: %d changes at distance %g, trying all found %d at %g", what, len(flip.Steps), sum, changed, distance)
				}
				if to := float64(s.model.Predict(after)); to != flip.To || to > threshold == (flip.From > threshold) {
					t.Errorf("%s: the steps lead to %g, said to %g", what, to, flip.To)
				}
				if flips++; changed > 1 {
					several++
				}
			}
		}
	}
	if flips < 50 || impossible < 5 || several < 10 {
		t.Errorf("%d flips, %d of several features, %d impossible ones: too few to tell", flips, several, impossible)
	}
}

func TestNothingFlipsWhereNothingMoves(t *testing.T) {
	s := newShop(t, 1, 300, nil)
	fixed := slices.Clone(shopFeatures)
	for i := range fixed {
		fixed[i].Fixed = true
	}
	study := s.study(t)
	flip, err := study.Flip(t.Context(), s.rows[0], fixed, 0.5)
	if err != nil || len(flip.Steps) != 0 || !flip.Proven || flip.To != flip.From {
		t.Errorf("%+v (%v)", flip, err)
	}
	if _, err := study.Flip(t.Context(), s.rows[0][:2], shopFeatures, 0.5); err == nil {
		t.Error("a row of two values was taken")
	}
}

func TestAnExhaustedSearchSaysSo(t *testing.T) {
	s := newShop(t, 1, 400, nil)
	study := s.study(t)
	row := slices.MinFunc(s.rows, func(a, b []float32) int { return cmp.Compare(s.model.Predict(a), s.model.Predict(b)) })
	q := &search{model: s.model, row: row, threshold: 0.5, up: true, looked: mostLooks}
	for f, feature := range shopFeatures[:3] {
		q.movable = append(q.movable, study.ways(f, feature, row[f]))
	}
	if found, err := q.run(t.Context(), 1); found != nil || err != nil {
		t.Errorf("a search without work left found %v (%v)", found, err)
	}
	found := q.greedy()
	if found == nil || !(s.model.Predict(found) > 0.5) {
		t.Errorf("the greedy search went from %v to %v", row, found)
	}
}

func TestTheBestSingleChangeIsTheBest(t *testing.T) {
	s := newShop(t, 9, 500, nil)
	study := s.study(t)
	for i := range 40 {
		row := s.rows[i]
		want := 0.0
		for f, feature := range shopFeatures {
			o := study.observed[f]
			for _, x := range o.values {
				if feature.Fixed || len(feature.Classes) == 0 && (x < o.quantile(0.1) || x > o.quantile(0.9)) {
					continue
				}
				other := slices.Clone(row)
				other[f] = x
				want = max(want, Purchase(s.model, other)-Purchase(s.model, row))
			}
		}
		step, ok := study.BestFor(row, shopFeatures)
		if ok != (want > 0) || step.Change < want-1e-12 {
			t.Errorf("row %v: %+v (%v), trying all observed values gains %g", row, step, ok, want)
		}
		if ok {
			other := slices.Clone(row)
			other[step.Index] = step.To
			if got := Purchase(s.model, other) - Purchase(s.model, row); got != step.Change {
				t.Errorf("row %v: %+v truly gains %g", row, step, got)
			}
		}
	}
}
