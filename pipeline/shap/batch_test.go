package shap

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"willbuy/pipeline/gbtree"
)

// TestBatchesContributeTheSame: dense rows make whole lines, sparse ones do not.
func TestBatchesContributeTheSame(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 3))
		features := 1 + rng.IntN(4)
		m := &gbtree.Model{Features: make([]string, features), Objective: gbtree.Softprob, BaseScore: []float32{0.1, 0.2}, Round: 2}
		for i := range 6 {
			tree := randomTree(rng, features, 2+rng.IntN(60))
			tree.Class = int32(i % 2)
			for id := range tree.Cond {
				if tree.Left[id] >= 0 {
					tree.Cond[id] += rng.Float32()
				}
			}
			m.Trees = append(m.Trees, tree)
		}
		e, n := explainer(t, m), 500
		var rows []float32
		for range n {
			row := randomRow(rng, features)
			for f := range row {
				row[f] += float32(rng.IntN(10)) / 10
			}
			rows = append(rows, row...)
		}
		for name, explain := range map[string]struct {
			width int
			batch func(context.Context, []float32, []float64, int) error
			alone func([]float32, []float64)
		}{
			"contribution": {2 * features, e.Batch, e.Contributions},
			"interaction":  {2 * features * features, e.BatchInteractions, e.Interactions},
		} {
			width := explain.width
			out, want := make([]float64, n*width), make([]float64, width)
			if err := explain.batch(t.Context(), rows, out, 3); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				explain.alone(rows[i*features:][:features], want)
				for f, x := range out[i*width:][:width] {
					if !(math.Abs(x-want[f]) <= 1e-11) {
						t.Fatalf("seed %d: in a batch row %d has %s %d of %.15g, alone %.15g", seed, i, name, f, x, want[f])
					}
				}
			}
		}
	}
}

func TestBatchesOfGoldensMatchXGBoost(t *testing.T) {
	for name, g := range goldens(t) {
		e, k := explainer(t, g.model), len(g.model.Features)
		// Every value of the feature with most splits, with the rest of each row.
		var rows []float32
		for _, row := range g.rows {
			rows = append(rows, row...)
			for i := range min(len(g.rows), 30) {
				varied := append([]float32(nil), row...)
				if e.along >= 0 {
					varied[e.along] = g.rows[i][e.along]
				}
				rows = append(rows, varied...)
			}
		}
		each := 1 + min(len(g.rows), 30)
		out := make([]float64, len(rows)*g.model.Outputs())
		if err := e.Batch(t.Context(), rows, out, 2); err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for r := range g.rows {
			phi := out[r*each*k*g.model.Outputs():]
			for o := range e.Biases() {
				for f := range k {
					worst = max(worst, math.Abs(phi[o*k+f]-g.contributions[r][o*(k+1)+f]))
				}
			}
		}
		if !(worst <= 1e-6) {
			t.Errorf("%s: contributions differ from XGBoost's by %g", name, worst)
		}
	}
}

func TestBatchStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := explainer(t, chain(3))
	if err := e.Batch(ctx, make([]float32, 300), make([]float64, 300), 2); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled batch returns %v", err)
	}
}

func TestAModelWithoutSplitsContributesNothing(t *testing.T) {
	m := &gbtree.Model{Features: []string{"a", "b"}, Objective: gbtree.SquaredError, BaseScore: []float32{2}, Round: 1}
	out := []float64{7, 7, 7, 7}
	if err := explainer(t, m).Batch(t.Context(), []float32{1, 2, 3, 4}, out, 1); err != nil {
		t.Fatal(err)
	}
	for _, x := range out {
		if x != 0 {
			t.Errorf("contributions %v", out)
		}
	}
}

// TestEqualKeysMeanEqualLeaves, and different ones that some split tells the
// rows apart.
func TestEqualKeysMeanEqualLeaves(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	m := &gbtree.Model{Features: make([]string, 3), Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1,
		Trees: []gbtree.Tree{randomTree(rng, 3, 6), randomTree(rng, 3, 6)}}
	splits, seen := NewSplits(m), map[string][]float32{}
	for range 2000 {
		row := randomRow(rng, 3)
		key := string(splits.AppendKey(nil, row))
		before, known := seen[key]
		if !known {
			seen[key] = row
			continue
		}
		for i := range m.Trees {
			if m.Trees[i].Leaf(row) != m.Trees[i].Leaf(before) {
				t.Fatalf("rows %v and %v share a key and not their leaves", row, before)
			}
		}
	}
	for f, conds := range splits {
		for i, c := range conds {
			below := math.Nextafter32(c, float32(math.Inf(-1)))
			if splits.Interval(f, below) != i || splits.Interval(f, c) != i+1 {
				t.Errorf("feature %d: %g lies in interval %d, just below in %d; it is condition %d", f, c, splits.Interval(f, c), splits.Interval(f, below), i)
			}
		}
	}
	if len(seen) < 10 || len(seen) > 7*7*7 {
		t.Errorf("%d keys", len(seen))
	}
}

// BenchmarkLabBatch explains 60,000 different rows of that shape together.
func BenchmarkLabBatch(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	e, seen, rows := explainer(b, labModel(rng)), map[[5]float32]bool{}, []float32(nil)
	for len(seen) < 60000 {
		row := labRow(rng)
		if key := [5]float32(row); !seen[key] {
			seen[key], rows = true, append(rows, row...)
		}
	}
	out := make([]float64, len(rows))
	for b.Loop() {
		if err := e.Batch(b.Context(), rows, out, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*60000/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkLabBatchInteractions is the same for interactions.
func BenchmarkLabBatchInteractions(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	e, rows := explainer(b, labModel(rng)), []float32(nil)
	for range 60000 {
		rows = append(rows, labRow(rng)...)
	}
	out := make([]float64, 5*len(rows))
	for b.Loop() {
		if err := e.BatchInteractions(b.Context(), rows, out, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*60000/b.Elapsed().Seconds(), "rows/s")
}
