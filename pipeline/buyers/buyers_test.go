package buyers

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/metrics"
	"willbuy/pipeline/shap"
	"willbuy/pipeline/whatif"
)

var nan = float32(math.NaN())

var features = []whatif.Feature{
	{Name: "LOAD", Say: "page load", Unit: "s", Low: "fast", High: "slow", Kind: whatif.Technical},
	{Name: "LAYOUT", Classes: []string{"grid", "list"}},
	{Name: "AGE", Fixed: true},
}

// list rests on a model of two stumps and a split on age: pages below 2 s and
// the layout list are bought from.
func list(t *testing.T) *List {
	t.Helper()
	stump := func(feature int32, cond, left, right, share float32) gbtree.Tree {
		return gbtree.Tree{Left: []int32{1, -1, -1}, Right: []int32{2, -1, -1}, Parent: []int32{-1, 0, 0}, Feature: []int32{feature, 0, 0},
			Cond: []float32{cond, left, right}, DefaultLeft: make([]bool, 3), Gain: []float32{1, 0, 0}, Hess: []float32{10, 10 * share, 10 - 10*share}, Weight: []float32{0, left, right}}
	}
	m := &gbtree.Model{Features: []string{"LOAD", "LAYOUT", "AGE"}, Objective: gbtree.Logistic, BaseScore: []float32{0.5}, Round: 1,
		Trees: []gbtree.Tree{stump(0, 2, 1, -1, 0.5), stump(1, 1, -0.5, 0.5, 0.5), stump(2, 40, 0.1, -0.1, 0.5)}}
	everyone := whatif.NewPopulation(m.Features, []float32{1, 0, 30, 1.5, 1, 50, 3, 0, 30, 4, 1, 60, 1.5, 0, 30}, []int64{1, 1, 1, 1, 1})
	study, err := whatif.New(m, everyone, nil)
	if err != nil {
		t.Fatal(err)
	}
	explainer, err := shap.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return &List{Study: study, Explainer: explainer, Features: features}
}

func TestBuyersHaveReasonsInWords(t *testing.T) {
	l := list(t)
	buyers, err := l.Explain(t.Context(), []Customer{{Row: 1, Score: 0.8, Values: []float32{1, 1, 50}}, {Row: 2, Score: 0.1, Values: []float32{4, 0, nan}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"page load 1 s (fast) +1.00", "LAYOUT list +0.50", "AGE 50 (high) −0.10"},
		{"page load 4 s (slow) −1.00", "LAYOUT grid −0.50", "AGE missing −0.10"},
	}
	for i, b := range buyers {
		var got []string
		for _, r := range b.Reasons {
			got = append(got, r.String())
			if r.Good() != (r.By > 0) {
				t.Errorf("%s: good is %v", r, r.Good())
			}
		}
		if !slices.Equal(got, want[i]) {
			t.Errorf("customer %d: %q, want %q", b.Row, got, want[i])
		}
		if b.Probability != b.Score {
			t.Errorf("customer %d: probability %g without labels, score %g", b.Row, b.Probability, b.Score)
		}
	}
	if buyers[0].Lever != nil {
		t.Errorf("customer 1 has all there is and is offered %v", buyers[0].Lever)
	}
	if lever := buyers[1].Lever; lever == nil || LeverText(*lever) != "page load 4 s → under 2 s (+43 points)" {
		t.Errorf("customer 2 is offered %+v", lever)
	}
	usual := Reason{Feature: features[0], Value: 1.5, Median: 1.5, By: 0.001}
	if usual.String() != "page load 1.5 s (usual) ±0.00" {
		t.Errorf("the median: %q", usual)
	}
}

func TestProbabilitiesAreCalibratedWhereLabelsAreKnown(t *testing.T) {
	l := list(t)
	c := Calibrate([]metrics.Group{{Score: 0.2, Positive: 1, Total: 10}, {Score: 0.8, Positive: 3, Total: 8}})
	l.Calibrator = &c
	buyers, err := l.Explain(t.Context(), []Customer{{Row: 1, Score: 0.8, Values: []float32{1, 1, 50}}}, nil)
	if err != nil || buyers[0].Probability != 0.4 {
		t.Errorf("%+v (%v), want the rate that was observed, with one more of each", buyers, err)
	}
	l.Features = l.Features[:1]
	if _, err := l.Explain(t.Context(), nil, nil); err == nil {
		t.Error("one feature described of three was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := list(t).Explain(ctx, make([]Customer, 5), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled list: %v", err)
	}
}

func TestACalibrationIsNeverCertain(t *testing.T) {
	c := Calibrate([]metrics.Group{{Score: 0.1, Positive: 0, Total: 8}, {Score: 0.5, Positive: 50, Total: 100}, {Score: 0.9, Positive: 8, Total: 8}})
	if low, middle, high := c.At(0.1), c.At(0.5), c.At(0.9); low != 0.1 || middle != 0.5 || high != 0.9 {
		t.Errorf("%g, %g and %g, want 1 of 10, 50 of 100 and 9 of 10", low, middle, high)
	}
	if p := Calibrate(nil).At(0.5); p == p {
		t.Errorf("nobody is known, and the probability is %g", p)
	}
}

func TestTheTopIsThatOfSortingAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, most := range []int{0, 1, 7, 100, 300} {
		top := NewTop(most)
		var all []Customer
		values := make([]float32, 1)
		for row := range int64(200) {
			score := float64(rng.IntN(20))
			values[0] = float32(row)
			top.Add(row, score, values)
			all = append(all, Customer{Row: row, Score: score})
		}
		slices.SortStableFunc(all, func(a, b Customer) int { return int(b.Score - a.Score) })
		ranked := top.Ranked()
		if len(ranked) != min(most, 200) {
			t.Fatalf("%d of %d", len(ranked), most)
		}
		for i, c := range ranked {
			if c.Row != all[i].Row || c.Values[0] != float32(c.Row) {
				t.Errorf("top %d: place %d is row %d with %v, want %d", most, i, c.Row, c.Values, all[i].Row)
			}
		}
	}
}

func TestTheWorthOfAListIsItsShareOfBuyers(t *testing.T) {
	groups := []metrics.Group{{Score: 0.1, Positive: 2, Total: 50}, {Score: 0.9, Positive: 6, Total: 10}, {Score: 0.5, Positive: 6, Total: 20}, {Score: 0.5, Positive: 6, Total: 20}}
	for _, q := range []struct {
		first             int64
		held, share, time float64
	}{
		{10, 6, 0.3, 3},
		{30, 12, 0.6, 2},   // half of the tied
		{1000, 20, 1, 1},   // all there are
		{5, 3, 0.15, 3},    // half of the first group
		{100, 20, 1, 1},    //
		{50, 18, 0.9, 1.8}, //
	} {
		w, ok := WorthOf(groups, q.first)
		if !ok || math.Abs(w.Held-q.held) > 1e-9 || math.Abs(w.Share-q.share) > 1e-9 || math.Abs(w.Times-q.time) > 1e-9 {
			t.Errorf("the first %d: %+v, want %+v", q.first, w, q)
		}
	}
	w, _ := WorthOf(groups, 10)
	if text := w.String(); text != "The first 10 of 100 customers hold 30.0% of all buyers, 3.0 times as many as 10 taken at random." {
		t.Errorf("%q", text)
	}
	if text := (Worth{First: 1000, Of: 12345678, Share: 0.25, Times: 3}).String(); text != "The first 1,000 of 12,345,678 customers hold 25.0% of all buyers, 3.0 times as many as 1,000 taken at random." {
		t.Errorf("%q", text)
	}
	if _, ok := WorthOf([]metrics.Group{{Score: 1, Total: 5}}, 2); ok {
		t.Error("a list without a buyer has a worth")
	}
	// The first decile is that of the gain chart.
	if first := metrics.Lift(groups, 10)[0]; math.Abs(first.Gain-w.Share) > 1e-9 || math.Abs(first.Lift-w.Times) > 1e-9 {
		t.Errorf("the gain chart says %+v, the list %+v", first, w)
	}
}
