package whatif

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/gbtree"
)

func refits(t testing.TB, s *shop, n int) []*gbtree.Model {
	t.Helper()
	models, err := Refit(t.Context(), s.params, s.cells, n, 7, nil)
	if err != nil {
		t.Fatal(err)
	}
	return models
}

func TestLeversAreRankedByTheirBestMove(t *testing.T) {
	s := newShop(t, 11, 4000, nil)
	study := s.study(t, refits(t, s, 10)...)
	levers, err := study.Levers(t.Context(), study.Everyone(), shopFeatures, trueProbability)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Move{ // the shop's truth: fast pages, five stars, layout single
		"LOAD": {0, AtMost, study.observed[0].quantile(0.1)}, "RATING": {1, AtLeast, 5}, "LAYOUT": {2, Set, 2},
	}
	if len(levers) != 3 {
		t.Fatalf("%d levers of 3 movable features", len(levers))
	}
	for i, l := range levers {
		if l.Move == nil || *l.Move != want[l.Feature.Name] {
			t.Errorf("%s is best moved by %v, want %v", l.Feature.Name, l.Move, want[l.Feature.Name])
			continue
		}
		if i > 0 && l.Effect.Change > levers[i-1].Effect.Change {
			t.Errorf("%s stands below a weaker one", l.Feature.Name)
		}
		truly := 0.0
		for _, row := range s.rows {
			moved := slices.Clone(row)
			moved[l.Move.Feature] = l.Move.Apply(row[l.Move.Feature])
			truly += trueProbability(moved) - trueProbability(row)
		}
		if l.Truth == nil || !near(*l.Truth, truly) {
			t.Errorf("%s truly changes %v purchases, want %g", l.Feature.Name, l.Truth, truly)
		}
		// 4,000 customers: what the model expects is near the truth.
		if math.Abs(l.Effect.Change-truly) > 0.25*truly {
			t.Errorf("%s: the model expects %g, the truth is %g", l.Feature.Name, l.Effect.Change, truly)
		}
		if in := l.Effect.Interval; in == nil || !(in.Low < in.High) || in.Low > truly || in.High < truly/2 {
			t.Errorf("%s: the interval is %v around %g", l.Feature.Name, in, l.Effect.Change)
		}
	}
	answer, ok := TechnicalOrProduct(levers)
	if !ok || answer.Technical.Feature.Kind != Technical || answer.Product.Feature.Name != "RATING" || answer.Interval == nil ||
		!near(answer.Difference, answer.Technical.Effect.Change-answer.Product.Effect.Change) {
		t.Errorf("the answer is %+v (%v)", answer, ok)
	}
	if text := answer.String(); !strings.Contains(text, "RATING at least 5 (product)") || !strings.Contains(text, "for every 1,000 customers") {
		t.Errorf("the sentence is %q", text)
	}
	if _, ok := TechnicalOrProduct(levers[:0]); ok {
		t.Error("no levers give an answer")
	}
}

func TestALeverThatNothingHelpsSaysSo(t *testing.T) {
	s := newShop(t, 11, 500, nil)
	study := s.study(t)
	best := study.Everyone().Filter(func(row []float32) bool { return row[1] == 5 })
	levers, err := study.Levers(t.Context(), best, shopFeatures[:2:2], nil)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(levers, func(l Lever) bool { return l.Feature.Name == "RATING" })
	if levers[at].Move != nil || levers[at].Effect.Change != 0 || levers[at].Truth != nil {
		t.Errorf("more stars than five: %+v", levers[at])
	}
}

func TestRefitsDependOnTheSeedAlone(t *testing.T) {
	s := newShop(t, 12, 600, nil)
	told := []int{}
	a, err := Refit(t.Context(), s.params, s.cells, 4, 1, func(done int) { told = append(told, done) })
	if err != nil || !slices.Equal(told, []int{1, 2, 3, 4}) {
		t.Fatalf("told %v (%v)", told, err)
	}
	b, err := Refit(t.Context(), s.params, s.cells, 4, 1, nil)
	c, err2 := Refit(t.Context(), s.params, s.cells, 4, 2, nil)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	row := s.rows[3]
	for i := range a {
		if a[i].Margin(row) != b[i].Margin(row) {
			t.Errorf("refit %d of the same seed differs", i)
		}
		if a[i].Margin(row) == c[i].Margin(row) || a[i].Margin(row) == s.model.Margin(row) {
			t.Errorf("refit %d is not drawn anew", i)
		}
	}
	bad := s.params
	bad.Eta = -1
	if _, err := Refit(t.Context(), bad, s.cells, 2, 1, nil); err == nil || !strings.Contains(err.Error(), "eta") {
		t.Errorf("eta −1: %v", err)
	}
}

func TestCustomersAreDrawnByPoisson(t *testing.T) {
	s := newShop(t, 13, 2000, nil)
	var rows, squares float64
	const draws = 200
	for i := range draws {
		c := resample(s.cells, source(i))
		if !slices.Equal(c.Bins[:len(c.Cuts.Features)], c.Row(0)) || int(c.First[c.Len()]) != len(c.Count) || len(c.Bins) != c.Len()*len(c.Cuts.Features) {
			t.Fatal("the cells do not fit together")
		}
		if slices.Contains(c.Count, 0) {
			t.Fatal("an empty entry was kept")
		}
		n := float64(c.Rows())
		rows += n / draws
		squares += n * n / draws
	}
	// The number of rows is Poisson(2000): mean and variance are 2000.
	if math.Abs(rows-2000) > 4*math.Sqrt(2000.0/draws) {
		t.Errorf("%g customers on average, want 2000", rows)
	}
	if variance := squares - rows*rows; variance < 1400 || variance > 2700 {
		t.Errorf("variance %g, want 2000", variance)
	}
}

func TestDriftTellsOtherParameters(t *testing.T) {
	s := newShop(t, 14, 600, nil)
	study := s.study(t)
	again, err := gbtree.Train(t.Context(), s.params, gbtree.Input{Train: s.cells}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := study.Drift(t.Context(), again); err != nil || d != 0 {
		t.Errorf("the same parameters drift by %g (%v)", d, err)
	}
	s.params.Eta = 0.05
	other, err := gbtree.Train(t.Context(), s.params, gbtree.Input{Train: s.cells}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, row := range s.rows {
		sum += math.Abs(Purchase(s.model, row) - Purchase(other, row))
	}
	if d, err := study.Drift(t.Context(), other); err != nil || !near(d, sum/600) || d < 0.01 {
		t.Errorf("another eta drifts by %g (%v), want %g", d, err, sum/600)
	}
}

func TestContinuedCellsKeepTheirMargins(t *testing.T) {
	s := newShop(t, 15, 300, nil)
	s.cells.Margin = make([]float32, s.cells.Len())
	for i := range s.cells.Margin {
		s.cells.Margin[i] = float32(s.cells.Row(i)[1]) // told by the rating's bin
	}
	c := resample(s.cells, source(1))
	for i, margin := range c.Margin {
		if margin != float32(c.Row(i)[1]) {
			t.Fatalf("cell %d has the margin %g of another one", i, margin)
		}
	}
	if len(c.Margin) != c.Len() {
		t.Errorf("%d margins of %d cells", len(c.Margin), c.Len())
	}
}

func source(i int) rand.Source { return rand.NewPCG(99, uint64(i)) }
