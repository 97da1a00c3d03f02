package shap

import (
	"math"
	"math/rand/v2"
	"testing"

	"willbuy/pipeline/gbtree"
)

func TestInteractionsMatchXGBoost(t *testing.T) {
	for name, g := range goldens(t) {
		e, k, worst := explainer(t, g.model), len(g.model.Features), 0.0
		out := make([]float64, g.model.Outputs()*k*k)
		for r, want := range g.interactions {
			e.Interactions(g.rows[r], out)
			for o := range e.Biases() {
				for i := range k {
					for j := range k {
						theirs := want[(o*(k+1)+i)*(k+1)+j] // theirs has the bias as a last row and column
						worst = max(worst, math.Abs(out[(o*k+i)*k+j]-theirs))
					}
				}
			}
		}
		t.Logf("%s: %d rows, largest difference %.1e", name, len(g.interactions), worst)
		if !(worst <= 1e-5) {
			t.Errorf("%s: interactions differ from XGBoost's by %g", name, worst)
		}
	}
}

// TestInteractionsAreHalfOfWhatKnowingTheOtherChanges compares with the
// definition, where a feature is known or averaged over before the game begins.
func TestInteractionsAreHalfOfWhatKnowingTheOtherChanges(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 2))
		features := 1 + rng.IntN(6)
		m := &gbtree.Model{Features: make([]string, features), Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1,
			Trees: []gbtree.Tree{randomTree(rng, features, 1+rng.IntN(12)), randomTree(rng, features, rng.IntN(5))}}
		e := explainer(t, m)
		for range 5 {
			row, out := randomRow(rng, features), make([]float64, features*features)
			e.Interactions(row, out)
			for i := range features {
				diagonal := shapley(m, row, i)
				for j := range features {
					if i == j {
						continue
					}
					want := (shapleyGiven(m, row, i, j, true) - shapleyGiven(m, row, i, j, false)) / 2
					diagonal -= want
					if got := out[i*features+j]; !(math.Abs(got-want) <= 1e-12) {
						t.Fatalf("seed %d: features %d and %d of %d interact by %.15g, by definition %.15g", seed, i, j, features, got, want)
					}
				}
				if got := out[i*features+i]; !(math.Abs(got-diagonal) <= 1e-12) {
					t.Fatalf("seed %d: feature %d of %d contributes %.15g alone, by definition %.15g", seed, i, features, got, diagonal)
				}
			}
		}
	}
}

// shapleyGiven is feature f's Shapley value in the game of the features but j,
// which is known to all coalitions or to none.
func shapleyGiven(m *gbtree.Model, row []float32, f, j int, known bool) float64 {
	sum, n := 0.0, len(row)-1
	for coalition := range uint(1) << len(row) {
		if coalition>>f&1 == 1 || (coalition>>j&1 == 1) != known {
			continue
		}
		size := 0
		for i := range row {
			if i != j {
				size += int(coalition >> i & 1)
			}
		}
		weight := math.Gamma(float64(size+1)) * math.Gamma(float64(n-size)) / math.Gamma(float64(n+1))
		for i := range m.Trees {
			t := &m.Trees[i]
			sum += weight * (expected(t, 0, row, coalition|1<<f) - expected(t, 0, row, coalition))
		}
	}
	return sum
}

func TestInteractionsAddUpToContributions(t *testing.T) {
	for name, g := range goldens(t) {
		e, k := explainer(t, g.model), len(g.model.Features)
		phi, out := make([]float64, g.model.Outputs()*k), make([]float64, g.model.Outputs()*k*k)
		for _, row := range g.rows[:5] {
			e.Contributions(row, phi)
			e.Interactions(row, out)
			for i, want := range phi {
				sum := 0.0
				for _, x := range out[i*k:][:k] {
					sum += x
				}
				if !(math.Abs(sum-want) <= 1e-12) {
					t.Fatalf("%s: row %d of the matrix adds up to %g, the contribution is %g", name, i, sum, want)
				}
			}
		}
	}
}

func TestInteractionsOnLongPathsAddUp(t *testing.T) {
	e := explainer(t, chain(64))
	out, sum := make([]float64, 64*64), e.Bias()
	e.Interactions(make([]float32, 64), out)
	for _, x := range out {
		sum += x
	}
	if !(math.Abs(sum-3) <= 1e-12) {
		t.Errorf("64 features on a path: bias and interactions add up to %.15g, not 3", sum)
	}
}

func BenchmarkLabInteractions(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	e, out := explainer(b, labModel(rng)), make([]float64, 25)
	rows := make([][]float32, 1024)
	for i := range rows {
		rows[i] = labRow(rng)
	}
	for i := 0; b.Loop(); i++ {
		e.Interactions(rows[i%len(rows)], out)
	}
}
