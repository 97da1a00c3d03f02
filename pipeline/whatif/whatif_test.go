package whatif

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"willbuy/pipeline/encode"
	"willbuy/pipeline/gbtree"
)

var nan = float32(math.NaN())

// shop draws customers who buy the more likely the faster the page (feature 0,
// continuous, sometimes missing), the higher the rating (1, one to five) and
// with layout 2 of three (2); feature 3 is noise.
type shop struct {
	rows   [][]float32
	labels []float64
	params gbtree.Params
	cells  *encode.Cells
	model  *gbtree.Model
}

var shopFeatures = []Feature{
	{Name: "LOAD", Say: "page load", Unit: "s", Low: "fast", High: "slow", Kind: Technical},
	{Name: "RATING", Kind: Product},
	{Name: "LAYOUT", Classes: []string{"grid", "list", "single"}, Kind: Technical},
	{Name: "NOISE", Fixed: true},
}

func trueProbability(row []float32) float64 {
	z := -0.5 - 0.8*(float64(row[0])-2) + 0.4*(float64(row[1])-3) + 0.5*float64(row[2]-1)
	if row[0] != row[0] {
		z = 0
	}
	return 1 / (1 + math.Exp(-z))
}

func newShop(t testing.TB, seed uint64, n int, change func(*gbtree.Params)) *shop {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &shop{}
	for range n {
		load := float32(math.Round(100*2*math.Exp(0.5*rng.NormFloat64())) / 100)
		if rng.IntN(30) == 0 {
			load = nan
		}
		row := []float32{load, float32(1 + rng.IntN(5)), float32(rng.IntN(3)), float32(rng.IntN(4))}
		label := 0.0
		if rng.Float64() < trueProbability(row) {
			label = 1
		}
		s.rows, s.labels = append(s.rows, row), append(s.labels, label)
	}
	s.params = gbtree.DefaultParams(gbtree.Logistic)
	s.params.Rounds, s.params.MaxDepth, s.params.MinChildWeight = 10, 4, 5
	if change != nil {
		change(&s.params)
	}
	features := make([]encode.Feature, len(shopFeatures))
	for f := range features {
		features[f].Name = shopFeatures[f].Name
		for _, row := range s.rows {
			features[f].Values = append(features[f].Values, encode.Frequency{Value: float64(row[f]), Count: 1, Weight: 1})
		}
	}
	cuts, err := encode.NewCuts(features, s.params.MaxBin, encode.XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	b := cuts.NewBuilder()
	for i, row := range s.rows {
		wide := make([]float64, len(row))
		for f, x := range row {
			wide[f] = float64(x)
		}
		if err := b.Add(wide, s.labels[i], 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	s.cells = b.Cells()
	if s.model, err = gbtree.Train(t.Context(), s.params, gbtree.Input{Train: s.cells}, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) everyone() Population {
	count := make([]int64, len(s.rows))
	for i := range count {
		count[i] = 1
	}
	return NewPopulation(s.model.Features, slices.Concat(s.rows...), count)
}

func (s *shop) study(t testing.TB, refits ...*gbtree.Model) *Study {
	t.Helper()
	study, err := New(s.model, s.everyone(), refits)
	if err != nil {
		t.Fatal(err)
	}
	return study
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func TestAChangeIsTheSumOverAllCustomers(t *testing.T) {
	for _, objective := range []string{gbtree.Logistic, gbtree.SquaredError} {
		s := newShop(t, 1, 3000, func(p *gbtree.Params) { p.Objective = objective })
		study := s.study(t)
		for _, moves := range [][]Move{
			{{0, Set, 1}}, {{0, Subtract, 0.5}}, {{0, Scale, 2}}, {{0, Scale, -1}}, {{0, AtMost, 1.5}, {1, AtLeast, 4}}, {{2, Set, 2}}, nil,
		} {
			before, after, moved := 0.0, 0.0, int64(0)
			for _, row := range s.rows {
				changed := slices.Clone(row)
				for _, m := range moves {
					changed[m.Feature] = m.Apply(changed[m.Feature])
				}
				clip := func(x float32) float64 { return min(1, max(0, float64(x))) }
				before += clip(s.model.Predict(row))
				after += clip(s.model.Predict(changed))
				if !slices.EqualFunc(row, changed, same) {
					moved++
				}
			}
			e, err := study.Change(t.Context(), study.Everyone(), moves)
			if err != nil {
				t.Fatal(err)
			}
			if e.Customers != 3000 || e.Moved != moved || !near(e.Before, before) || !near(e.After, after) || !near(e.Change, after-before) {
				t.Errorf("%s %v: %+v, want %g to %g, %d moved", objective, moves, e, before, after, moved)
			}
			if !near(e.PerThousand(e.Change), (after-before)/3) || e.Interval != nil {
				t.Errorf("%s %v: %g for 1,000 and the interval %v", objective, moves, e.PerThousand(e.Change), e.Interval)
			}
		}
	}
}

func TestOneCustomerAndAFilterAreAskedAlone(t *testing.T) {
	s := newShop(t, 1, 1000, nil)
	study := s.study(t)
	row := s.rows[5]
	e, err := study.Change(t.Context(), One(s.model.Features, row), []Move{{2, Set, 2}})
	other := slices.Clone(row)
	other[2] = 2
	if want := Purchase(s.model, other) - Purchase(s.model, row); err != nil || !near(e.Change, want) || e.Customers != 1 {
		t.Errorf("%+v (%v), want the change %g of one customer", e, err, want)
	}
	five := study.Everyone().Filter(func(row []float32) bool { return row[1] == 5 })
	n := int64(0)
	for _, row := range s.rows {
		if row[1] == 5 {
			n++
		}
	}
	if five.Customers() != n {
		t.Errorf("%d customers with five stars, want %d", five.Customers(), n)
	}
	none := five.Filter(func([]float32) bool { return false })
	if _, err := study.Change(t.Context(), none, nil); err == nil {
		t.Error("nobody was asked and there is an answer")
	}
}

func TestValuesThatNobodyHadAreMarked(t *testing.T) {
	s := newShop(t, 2, 1000, nil)
	study := s.study(t)
	top := slices.MaxFunc(s.rows, func(a, b []float32) int { return compareMissing(a[0], b[0]) })[0]
	e, err := study.Change(t.Context(), study.Everyone(), []Move{{0, Set, top + 1}, {1, Add, 1}})
	if err != nil {
		t.Fatal(err)
	}
	five := int64(0)
	for _, row := range s.rows {
		if row[1] == 5 {
			five++
		}
	}
	if len(e.Beyond) != 2 || e.Beyond[0].Feature != "LOAD" || e.Beyond[0].Customers != 1000 || e.Beyond[0].High != top ||
		e.Beyond[1].Feature != "RATING" || e.Beyond[1].Customers != five {
		t.Errorf("%+v, want all 1000 beyond LOAD ≤ %v and %d beyond RATING", e.Beyond, top, five)
	}
	if e, err = study.Change(t.Context(), study.Everyone(), []Move{{0, Set, top}}); err != nil || e.Beyond != nil {
		t.Errorf("the largest value is marked: %+v (%v)", e.Beyond, err)
	}
	if _, err = study.Change(t.Context(), study.Everyone(), []Move{{0, Set, math.MaxFloat32}, {0, Scale, 10}}); err == nil || !strings.Contains(err.Error(), "LOAD") {
		t.Errorf("an infinite load time: %v", err)
	}
}

func compareMissing(a, b float32) int {
	switch {
	case a != a && b != b || a == b:
		return 0
	case a != a || a < b:
		return -1
	}
	return 1
}

func TestQuestionsAreRefusedWhereNothingIsBought(t *testing.T) {
	s := newShop(t, 3, 200, nil)
	classes := *s.model
	classes.Objective, classes.BaseScore = gbtree.Softprob, []float32{0, 0, 0}
	other := *s.model
	other.Features = []string{"A", "B", "C", "D"}
	for _, q := range []struct {
		says   string
		model  *gbtree.Model
		who    Population
		refits []*gbtree.Model
	}{
		{"multi:softprob with 3 outputs", &classes, s.everyone(), nil},
		{"no customers", s.model, NewPopulation(s.model.Features, nil, nil), nil},
		{"other features", &other, s.everyone(), nil},
		{"refit 1 has other features", s.model, s.everyone(), []*gbtree.Model{&other}},
	} {
		if _, err := New(q.model, q.who, q.refits); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("got %v, want an error that says %q", err, q.says)
		}
	}
}

func TestPopulationsMergeEqualRowsInOneOrder(t *testing.T) {
	features := []string{"A", "B"}
	p := NewPopulation(features, []float32{2, nan, 1, 5, 2, nan, nan, 0}, []int64{1, 2, 3, 4})
	if !slices.Equal(p.Count, []int64{4, 2, 4}) || p.Row(1)[0] != 1 || p.Row(2)[0] != 2 || p.Customers() != 10 {
		t.Errorf("%v with counts %v", p.Values, p.Count)
	}
	s := newShop(t, 4, 500, nil)
	cells, all := FromCells(s.cells), s.everyone()
	if !slices.Equal(cells.Count, all.Count) || !slices.EqualFunc(cells.Values, all.Values, same) {
		t.Error("with fewer values than bins, cells are another population than the rows")
	}
}

func TestCancelledQuestionsEnd(t *testing.T) {
	s := newShop(t, 5, 500, nil)
	study := s.study(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, change := study.Change(ctx, study.Everyone(), nil)
	_, curve := study.Curve(ctx, study.Everyone(), 0, 10, 0)
	_, levers := study.Levers(ctx, study.Everyone(), shopFeatures, nil)
	_, refits := Refit(ctx, s.params, s.cells, 3, 0, nil)
	for what, err := range map[string]error{"change": change, "curve": curve, "levers": levers, "refit": refits} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestMovesAreReadInTheirNotation(t *testing.T) {
	for _, q := range []struct {
		text string
		want Move
		says string // in words
	}{
		{"LOAD=1.5", Move{0, Set, 1.5}, "page load = 1.5 s"},
		{"load += 0.5", Move{0, Add, 0.5}, "page load 0.5 s more"},
		{"LOAD-=0.25", Move{0, Subtract, 0.25}, "page load 0.25 s less"},
		{"LOAD*=0.5", Move{0, Scale, 0.5}, "page load × 0.5"},
		{"LOAD<=2", Move{0, AtMost, 2}, "page load at most 2 s"},
		{"RATING>=4", Move{1, AtLeast, 4}, "RATING at least 4"},
		{"LAYOUT=Single", Move{2, Set, 2}, "LAYOUT = single"},
		{"LAYOUT=1", Move{2, Set, 1}, "LAYOUT = list"},
		{"LOAD=-1", Move{0, Set, -1}, "page load = -1 s"},
	} {
		got, err := ParseMove(q.text, shopFeatures)
		if err != nil || got != q.want {
			t.Errorf("%s: %v (%v), want %v", q.text, got, err, q.want)
		} else if says := got.Text(shopFeatures[got.Feature]); says != q.says {
			t.Errorf("%s in words: %q, want %q", q.text, says, q.says)
		}
	}
	for text, says := range map[string]string{
		"LOAD":        "a change is FEATURE=V",
		"=3":          "a change is",
		"LOAAD=3":     "the nearest is LOAD",
		"LOAD=fast":   "a number is expected",
		"LAYOUT=gird": `the nearest is "grid"`,
		"LAYOUT+=1":   "LAYOUT holds texts, which can only be set, as in LAYOUT=grid",
		"LAYOUT<=1":   "can only be set",
		"LAYOUT=3":    `LAYOUT has no value "3"`,
		"LAYOUT=0.5":  `LAYOUT has no value "0.5"`,
		"LOAD=NaN":    "a number is expected",
		"LOAD+=1e99":  "a number is expected",
	} {
		if _, err := ParseMove(text, shopFeatures); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want an error that says %q", text, err, says)
		}
	}
}

func TestMissingValuesAreMovedOnlyBySetting(t *testing.T) {
	for _, op := range []Op{Add, Subtract, Scale, AtMost, AtLeast} {
		if got := (Move{0, op, 2}).Apply(nan); got == got {
			t.Errorf("missing %s 2 is %v", op, got)
		}
	}
	if got := (Move{0, Set, 2}).Apply(nan); got != 2 {
		t.Errorf("missing = 2 is %v", got)
	}
}

func TestValuesAreWrittenAsPeopleReadThem(t *testing.T) {
	for _, q := range []struct {
		x    float32
		want string
	}{
		{0.9590547, "0.9591"}, {1.39, "1.39"}, {5, "5"}, {0, "0"}, {-0.25, "-0.25"}, {12345.678, "12346"},
		{0.0275, "0.0275"}, {100, "100"}, {1e13, "1e+13"}, {0.1, "0.1"}, {-1234.5, "-1234"},
	} {
		if got := (Feature{}).Value(q.x); got != q.want {
			t.Errorf("%v is written %s, want %s", q.x, got, q.want)
		}
	}
}
