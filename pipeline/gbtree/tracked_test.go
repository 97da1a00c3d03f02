package gbtree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCountsOfLabelsSayWhatTheEntriesSay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var x, y []float64
	for range 3000 {
		x, y = append(x, float64(random.IntN(700))), append(y, float64(random.IntN(2)))
	}
	for _, objective := range []string{SquaredError, Logistic} {
		p := DefaultParams(objective)
		p.ScalePosWeight = 1.7
		cells := cellsOf(t, x, y)
		counted := &tracked{cells: cells, outputs: 1, margins: make([]float32, cells.Len()), predicted: make([]float32, cells.Len())}
		counted.begin(&Model{Objective: objective, BaseScore: []float32{0.5}}, &memory{})
		for i := range counted.predicted {
			counted.predicted[i] = random.Float32()
		}
		if counted.counts == nil {
			t.Fatal("labels 0 and 1 were not counted")
		}
		plain := &tracked{cells: cells, outputs: 1, predicted: counted.predicted, weight: counted.weight, shares: true}

		got, want := make([]pair, cells.Len()), make([]pair, cells.Len())
		gradients(&p, counted, cells.Count, 0, got)
		gradients(&p, plain, cells.Count, 0, want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: other gradients", objective)
		}
		for _, m := range scalar {
			got, _ := m.of(counted)
			want, _ := m.of(plain)
			if math.Abs(got-want) > 1e-13 {
				t.Errorf("%s of %s is %.17g, by entries %.17g", m.name, objective, got, want)
			}
		}
	}
}
