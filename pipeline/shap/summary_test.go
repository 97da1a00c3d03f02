package shap

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

var nan = float32(math.NaN())

func TestMeansCountEveryRow(t *testing.T) {
	m := NewMeans(2)
	m.Add([]float64{1, -2}, 3)
	m.Add([]float64{-1, 2}, 1)
	got := []float64{m.Mean(0), m.MeanAbs(0), m.Mean(1), m.MeanAbs(1)}
	if want := []float64{0.5, 1, -1, 2}; !slices.Equal(got, want) || m.Rows != 4 || !slices.Equal(m.Order(), []int{1, 0}) {
		t.Errorf("means %v of %d rows, want %v; order %v", got, m.Rows, want, m.Order())
	}
	if none := NewMeans(1); none.Mean(0) != 0 || none.MeanAbs(0) != 0 {
		t.Error("the means of no rows are not 0")
	}
}

func TestWaterfallsTakeTheSmallestTogether(t *testing.T) {
	phi := []float64{0.1, -3, 0.2, 2, -0.05}
	for _, c := range []struct {
		most int
		want []Stair
	}{
		{0, []Stair{{1, 0, -3}, {3, 0, 2}, {2, 0, 0.2}, {0, 0, 0.1}, {4, 0, -0.05}}},
		{5, []Stair{{1, 0, -3}, {3, 0, 2}, {2, 0, 0.2}, {0, 0, 0.1}, {4, 0, -0.05}}},
		{3, []Stair{{1, 0, -3}, {3, 0, 2}, {-1, 3, 0.2 + 0.1 - 0.05}}},
		{1, []Stair{{-1, 5, -3 + 2 + 0.2 + 0.1 - 0.05}}},
	} {
		got := Waterfall(phi, c.most)
		for i := range got {
			if i < len(c.want) && math.Abs(got[i].By-c.want[i].By) < 1e-12 {
				got[i].By = c.want[i].By
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("at most %d stairs: %v, want %v", c.most, got, c.want)
		}
	}
}

func TestHighMinusLow(t *testing.T) {
	for _, c := range []struct {
		name string
		rows map[float32]int64 // the contribution is the value
		want float64
	}{
		{"above the median 3", map[float32]int64{1: 1, 2: 1, 3: 1, 4: 1, 6: 1}, 5 - 2},
		{"weighted", map[float32]int64{1: 6, 5: 2, 7: 2}, 6 - 1},
		{"mostly the highest", map[float32]int64{0: 2, 1: 8}, 1 - 0},
		{"one value", map[float32]int64{4: 9}, 0},
		{"missing values do not count", map[float32]int64{nan: 50, 1: 1, 2: 1}, 1},
		{"only missing", map[float32]int64{nan: 50}, 0},
	} {
		s := NewSummary(1, 0)
		for x, n := range c.rows {
			s.Add([]float32{x}, []float64{float64(x)}, n)
		}
		if got := s.HighMinusLow(0); !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestDependenceHasFewPoints(t *testing.T) {
	s := NewSummary(1, 0)
	for i := range 100 {
		s.Add([]float32{float32(i)}, []float64{float64(i) / 10}, 2)
	}
	s.Add([]float32{nan}, []float64{-7}, 3)
	points := s.Dependence(0, 4)
	want := []Point{{12, 1.2, 50}, {37, 3.7, 50}, {62, 6.2, 50}, {87, 8.7, 50}}
	if len(points) != 5 {
		t.Fatalf("points %v", points)
	}
	for i, p := range points[:4] {
		if p.Value != want[i].Value || math.Abs(p.Phi-want[i].Phi) > 1e-12 || p.Rows != want[i].Rows {
			t.Errorf("point %v, want %v", p, want[i])
		}
	}
	if p := points[4]; !math.IsNaN(p.Value) || p.Phi != -7 || p.Rows != 3 {
		t.Errorf("missing values are %v", p)
	}
	if points := s.Dependence(0, 100); len(points) != 101 || points[17].Value != 17 {
		t.Errorf("of 100 values %d points", len(points))
	}
}

func TestManyValuesTakeBoundedRoom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	s, back := NewSummary(1, 0), NewSummary(1, 0)
	var values []float32
	for range 50_000 {
		values = append(values, rng.Float32()*100-50)
	}
	for i, x := range values {
		s.Add([]float32{x}, []float64{float64(x)}, 1)
		y := values[len(values)-1-i]
		back.Add([]float32{y}, []float64{float64(y)}, 1)
	}
	if n := len(s.values[0].byBits); n > mostValues || n < mostValues/4 {
		t.Errorf("%d values told apart", n)
	}
	a, b := s.Dependence(0, 20), back.Dependence(0, 20)
	for i, p := range a {
		if math.Abs(p.Value-p.Phi) > 1e-9 || math.Abs(p.Value-b[i].Value) > 1e-9 || p.Rows != b[i].Rows || math.Abs(float64(p.Rows)-2500) > 150 {
			t.Errorf("point %d is %v, in the other order %v", i, p, b[i])
		}
	}
	if got := s.HighMinusLow(0); math.Abs(got-50) > 0.5 {
		t.Errorf("high minus low %g of values between -50 and 50", got)
	}
}

func TestPartnerInteractsMost(t *testing.T) {
	s := NewSummary(3, 0)
	if s.Partner(0) != -1 {
		t.Error("a partner without interactions")
	}
	s.AddInteractions([]float64{5, 0.1, -0.4, 0.1, 1, 0, -0.4, 0, 1}, 3)
	s.AddInteractions([]float64{1, 0.2, 0, 0.2, 1, 0, 0, 0, 1}, 1)
	if got := []int{s.Partner(0), s.Partner(1), s.Partner(2)}; !slices.Equal(got, []int{2, 0, 0}) {
		t.Errorf("partners %v", got)
	}
	if got := []float64{s.Interaction(0, 2), s.Interaction(0, 0)}; math.Abs(got[0]-0.6) > 1e-12 || got[1] != 4 {
		t.Errorf("interactions %v", got)
	}
}

// TestDotsAreCustomersDrawnAlike: a row that stands for more customers has more
// dots, and the order in which rows come makes no difference.
func TestDotsAreCustomersDrawnAlike(t *testing.T) {
	type given struct {
		row   []float32
		count int64
	}
	var rows []given
	for i := range 400 {
		rows = append(rows, given{[]float32{float32(i), float32(i % 2)}, 1 + 99*int64(i%2)})
	}
	dots := func(most int) []Dot {
		s := NewSummary(2, most)
		for _, r := range rows {
			s.Add(r.row, []float64{float64(r.row[0]), 0}, r.count)
		}
		return s.Dots(0, 1)
	}
	first := dots(1000)
	slices.Reverse(rows)
	if again := dots(1000); !reflect.DeepEqual(first, again) {
		t.Error("another order of rows gives other dots")
	}
	if len(first) != 1000 {
		t.Fatalf("%d dots", len(first))
	}
	seldom := 0
	for _, d := range first {
		if d.Phi != float64(d.Value) {
			t.Fatalf("dot %v", d)
		}
		if int(d.Value)%2 == 0 {
			seldom++
		}
	}
	if seldom < 2 || seldom > 25 { // 9.9 are expected
		t.Errorf("%d of 1000 dots for one customer in 101", seldom)
	}
	if all := dots(1 << 20); len(all) != 200*101 {
		t.Errorf("of 20,200 customers %d dots where there is room for all", len(all))
	}
}

func TestColoursReachFromThe5thToThe95thPercentile(t *testing.T) {
	s := NewSummary(2, 1000)
	for i := range 101 {
		s.Add([]float32{float32(i), nan}, []float64{1, 2}, 1)
	}
	for _, d := range s.Dots(0, 0) {
		want := min(1, max(0, (float64(d.Value)-5)/90))
		if math.Abs(d.Colour-want) > 1e-12 {
			t.Errorf("value %g has colour %g, want %g", d.Value, d.Colour, want)
		}
	}
	for _, d := range s.Dots(0, 1) {
		if !math.IsNaN(d.Colour) {
			t.Errorf("the colour of a missing value is %g", d.Colour)
		}
	}
	one := NewSummary(1, 10)
	one.Add([]float32{3}, []float64{1}, 4)
	for _, d := range one.Dots(0, 0) {
		if d.Colour != 0.5 {
			t.Errorf("the colour of the only value is %g", d.Colour)
		}
	}
}
