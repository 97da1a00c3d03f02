package shap

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"willbuy/pipeline/gbtree"
)

// TestPermutationMatchesAllPermutations: over many repeats the mean is the mean
// over every row getting any row's value, which a small table allows to add up.
func TestPermutationMatchesAllPermutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 5))
	m := &gbtree.Model{Features: []string{"a", "b", "c"}, Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1,
		Trees: []gbtree.Tree{randomTree(rng, 2, 12)}}
	var cells Cells
	var labels []float64
	for range 30 {
		cells.Values = append(cells.Values, randomRow(rng, 3)...)
		cells.Weight = append(cells.Weight, float64(rng.IntN(9)))
		labels = append(labels, rng.NormFloat64())
	}
	loss := func(cell int, margins []float32) float64 {
		d := float64(margins[0]) - labels[cell]
		return d * d
	}
	got, err := Permutation(t.Context(), m, cells, loss, 4000, 7, 2)
	if err != nil {
		t.Fatal(err)
	}
	for f := range 3 {
		want, total := 0.0, 0.0
		for i, w := range cells.Weight {
			total += w
			row := append([]float32(nil), cells.Values[3*i:3*i+3]...)
			before := loss(i, []float32{m.Margin(row)})
			for j, v := range cells.Weight {
				row[f] = cells.Values[3*j+f]
				want += w * v * (loss(i, []float32{m.Margin(row)}) - before)
			}
		}
		want /= total * total
		if tolerance := 5 * got[f].SD / math.Sqrt(4000); !(math.Abs(got[f].Mean-want) <= tolerance+1e-12) {
			t.Errorf("feature %d: the loss grows by %g ± %g, over all permutations by %g", f, got[f].Mean, tolerance, want)
		}
	}
	if got[2] != (Permuted{}) {
		t.Errorf("a feature that no split asks about has importance %v", got[2])
	}
	if got[0].Mean == 0 || got[0].SD == 0 {
		t.Errorf("feature 0 has importance %v", got[0])
	}
	again, _ := Permutation(t.Context(), m, cells, loss, 4000, 7, 1)
	if again[0] != got[0] {
		t.Errorf("the same seed gives %v and %v", got[0], again[0])
	}
}

func TestPermutationOfNoRowsIsNothing(t *testing.T) {
	m := chain(2)
	none := func(int, []float32) float64 { return math.NaN() }
	for _, cells := range []Cells{{}, {Values: []float32{1, 2}, Weight: []float64{0}}} {
		if got, err := Permutation(t.Context(), m, cells, none, 3, 1, 1); err != nil || got[0] != (Permuted{}) {
			t.Errorf("%v, %v", got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	one := Cells{Values: []float32{1, 2}, Weight: []float64{1}}
	if _, err := Permutation(ctx, m, one, func(int, []float32) float64 { return 0 }, 3, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
