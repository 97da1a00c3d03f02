package encode

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

var nan = math.NaN()

func TestLabelsAreCodedInByteOrder(t *testing.T) {
	e := NewLabelEncoder("PRODUCT_LAYOUT", []string{"grid", "List", "grid", "éclair", "Carousel", "list"})
	want := []string{"Carousel", "List", "grid", "list", "éclair"} // capitals first, é after z
	if !slices.Equal(e.Classes, want) {
		t.Fatalf("classes %q, want %q", e.Classes, want)
	}
	for code, class := range want {
		if got, err := e.Encode(class); err != nil || got != code {
			t.Errorf("%q has the code %d (%v), want %d", class, got, err, code)
		}
		if got, err := e.Decode(code); err != nil || got != class {
			t.Errorf("code %d is %q (%v), want %q", code, got, err, class)
		}
	}
	for _, code := range []int{-1, 5} {
		if _, err := e.Decode(code); err == nil {
			t.Errorf("code %d was decoded", code)
		}
	}
}

func TestAnUnseenLabelNamesTheNearestClass(t *testing.T) {
	e := NewLabelEncoder("REVIEW_QUALITY", []string{"brief", "detailed", "no review"})
	_, err := e.Encode("Detaild")
	const want = `encode REVIEW_QUALITY: "Detaild" is not one of its 3 classes; the nearest is "detailed"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := e.Encode(strings.Repeat("x", 1_000_000)); err == nil || len(err.Error()) > 400 {
		t.Errorf("a long value makes an error of %d bytes", len(err.Error()))
	}
	if _, err := NewLabelEncoder("EMPTY", nil).Encode("x"); err == nil {
		t.Error("an encoder without classes encoded a value")
	}
}

func TestLabelEncodersSurviveJSONAndRefuseOtherOrders(t *testing.T) {
	e := NewLabelEncoder("C", []string{"b", "a"})
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var read LabelEncoder
	if err := json.Unmarshal(text, &read); err != nil || read.Column != "C" || !slices.Equal(read.Classes, e.Classes) {
		t.Errorf("%s was read as %v (%v)", text, read, err)
	}
	for _, bad := range []string{`{"classes":["b","a"]}`, `{"classes":["a","a"]}`, `{"classes":7}`} {
		if err := json.Unmarshal([]byte(bad), &read); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestValuesAreCastAsXGBoostDoes(t *testing.T) {
	for _, q := range []struct {
		x    float64
		want float32
	}{{0.1, 0.1}, {0.1 + 1e-12, 0.1}, {16777217, 16777216}, {1e-60, 0}, {math.MaxFloat32, math.MaxFloat32}} {
		if got, err := Float32(q.x); err != nil || got != q.want {
			t.Errorf("%v became %v (%v), want %v", q.x, got, err, q.want)
		}
	}
	if got, _ := Float32(math.Copysign(0, -1)); math.Signbit(float64(got)) {
		t.Error("−0 kept its sign")
	}
	if got, _ := Float32(nan); got == got {
		t.Errorf("NaN became %v", got)
	}
	for _, x := range []float64{math.Inf(1), math.Inf(-1), 1e39} {
		if _, err := Float32(x); !errors.Is(err, ErrInfinite) {
			t.Errorf("%v gave %v, want ErrInfinite", x, err)
		}
	}
}

// The expected cuts are those of xgboost.DMatrix.get_quantile_cut, of 3.4.1 and
// 3.2.0 (which give b₀ as the first value, 3.2 as the minimum).
func TestCutsMatchXGBoost(t *testing.T) {
	inf := float32(math.Inf(-1))
	for _, q := range []struct {
		what   string
		values []float64
		compat Compat
		want   []float32
	}{
		{"distinct values, missing dropped", []float64{3, 1, nan, 2, 2, 1}, XGBoost34, []float32{inf, 2, 3, 6.00001}},
		{"distinct values", []float64{3, 1, 2}, XGBoost32, []float32{-1e-5, 2, 3, 6.00001}},
		{"one value", []float64{7.5, 7.5}, XGBoost34, []float32{inf, 15.00001}},
		{"negative", []float64{-2, -1}, XGBoost32, []float32{-4.00001, -1, 1.00000001e-5}},
		{"negative", []float64{-2, -1}, XGBoost34, []float32{inf, -1, 1.001358e-5}},
		{"both zeros", []float64{math.Copysign(0, -1), 0, 1}, XGBoost34, []float32{inf, 1, 2.00001}},
		{"doubles that are one float32", []float64{0.1, 0.1 + 1e-12, 0.2}, XGBoost34, []float32{inf, 0.2, 0.40001}},
		{"all missing", []float64{nan, nan}, XGBoost34, []float32{inf, 1e-5}},
		{"all missing", []float64{nan}, XGBoost32, []float32{1e-5, 3e-5}},
	} {
		cuts, err := NewCuts([]Feature{{Name: "x", Values: each(q.values)}}, DefaultMaxBin, q.compat)
		if err != nil {
			t.Errorf("%s: %v", q.what, err)
		} else if !slices.Equal(cuts.Bounds[0], q.want) {
			t.Errorf("%s (%s): bounds %v, want %v", q.what, q.compat, cuts.Bounds[0], q.want)
		}
	}
}

func TestBinsAreUpperBoundsWithMissingLast(t *testing.T) {
	cuts, err := NewCuts([]Feature{{Name: "x", Values: each([]float64{1, 2, 3})}}, DefaultMaxBin, XGBoost32)
	if err != nil {
		t.Fatal(err)
	}
	// bounds: −1e-5, 2, 3, 6.00001
	for _, q := range []struct {
		x    float64
		want uint16
	}{{-1, 0}, {0, 1}, {1, 1}, {1.9999999, 1}, {2, 2}, {2.5, 2}, {3, 3}, {6, 3}, {6.1, 4}, {nan, 5}} {
		if got := cuts.Bin(0, float32(q.x)); got != q.want {
			t.Errorf("%v has the bin %d, want %d", q.x, got, q.want)
		}
	}
	if cuts.Width(0) != 6 {
		t.Errorf("%d bins, want 6", cuts.Width(0))
	}
	for bin := range uint16(6) {
		if back := cuts.Bin(0, cuts.Value(0, bin)); back != bin {
			t.Errorf("the value %v of bin %d has the bin %d", cuts.Value(0, bin), bin, back)
		}
	}
	if cuts.Value(0, 1) != 1 || cuts.Value(0, 2) != 2 {
		t.Errorf("bins 1 and 2 stand for %v and %v, want the values themselves", cuts.Value(0, 1), cuts.Value(0, 2))
	}
}

func TestCutsRefuseWhatXGBoostRefuses(t *testing.T) {
	one := each([]float64{1, 2})
	for _, q := range []struct {
		says     string
		features []Feature
		maxBin   int
	}{
		{"no features", nil, 256},
		{"max_bin 1", []Feature{{"x", one}}, 1},
		{"max_bin 70000", []Feature{{"x", one}}, 70000},
		{"two features have the name x", []Feature{{"x", one}, {"x", one}}, 256},
		{"cuts of x: value +Inf is infinite", []Feature{{"x", each([]float64{math.Inf(1)})}}, 256},
		{"weight NaN", []Feature{{"x", []Frequency{{1, 1, nan}}}}, 256},
		{"-1 rows", []Feature{{"x", []Frequency{{1, -1, 1}}}}, 256},
		{"every value has the weight 0", []Feature{{"x", []Frequency{{1, 1, 0}}}}, 256},
	} {
		if _, err := NewCuts(q.features, q.maxBin, XGBoost34); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("got %v, want an error that says %q", err, q.says)
		}
	}
}

func TestCellsMergeRowsThatBinningMakesEqual(t *testing.T) {
	cuts, err := NewCuts([]Feature{
		{Name: "x", Values: each([]float64{1, 2, 3, 4})},
		{Name: "z", Values: each([]float64{0, nan})},
	}, 2, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		x, z, label float64
		count       int64
	}
	rows := []row{
		{1, 0, 1, 5}, {2, 0, 1, 2}, {4, nan, 0, 1}, {1, math.Copysign(0, -1), 0, 3}, {3, 0, 1, 1},
		{4, 0, 1, 4}, {1 + 1e-12, 0, 1, 1},
	}
	build := func(rows []row) *Cells {
		b := cuts.NewBuilder()
		for _, r := range rows {
			if err := b.Add([]float64{r.x, r.z}, r.label, 1, r.count); err != nil {
				t.Fatal(err)
			}
		}
		return b.Cells()
	}
	c := build(rows)
	// max_bin 2 leaves one inner cut of x at 3: cells (x<3, 0), (x≥3, 0), (x≥3, missing).
	if want := []uint16{1, 1, 2, 1, 2, 3}; !slices.Equal(c.Bins, want) {
		t.Fatalf("bins %v (bounds %v), want %v", c.Bins, cuts.Bounds, want)
	}
	if !slices.Equal(c.First, []int32{0, 2, 3, 4}) || !slices.Equal(c.Label, []float32{0, 1, 1, 0}) ||
		!slices.Equal(c.Count, []int64{3, 8, 5, 1}) {
		t.Errorf("entries %v: labels %v, counts %v", c.First, c.Label, c.Count)
	}
	if c.Len() != 3 || c.Rows() != 17 {
		t.Errorf("%d cells of %d rows, want 3 of 17", c.Len(), c.Rows())
	}
	slices.Reverse(rows)
	if d := build(rows); !slices.Equal(d.Bins, c.Bins) || !slices.Equal(d.Count, c.Count) || !slices.Equal(d.Label, c.Label) {
		t.Error("the order of rows changed the cells")
	}
	values := make([]float32, 2)
	c.Values(2, values)
	if values[0] != 3 || values[1] == values[1] {
		t.Errorf("cell 2 stands for %v, want 3 and missing", values)
	}
}

func TestBuildersRefuseRowsTheyCannotBin(t *testing.T) {
	cuts, err := NewCuts([]Feature{{Name: "load", Values: each([]float64{1, 2})}}, 256, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	b := cuts.NewBuilder()
	for _, q := range []struct {
		says          string
		row           []float64
		label, weight float64
		count         int64
	}{
		{"2 values for 1 features", []float64{1, 2}, 0, 1, 1},
		{"load = +Inf is infinite", []float64{math.Inf(1)}, 0, 1, 1},
		{"label is missing", []float64{1}, nan, 1, 1},
		{"label is infinite", []float64{1}, 1e40, 1, 1},
		{"weight -1", []float64{1}, 0, -1, 1},
		{"weight NaN", []float64{1}, 0, nan, 1},
		{"0 rows", []float64{1}, 0, 1, 0},
	} {
		if err := b.Add(q.row, q.label, q.weight, q.count); err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("got %v, want an error that says %q", err, q.says)
		}
	}
	if c := b.Cells(); c.Len() != 0 || c.Rows() != 0 {
		t.Errorf("refused rows left %d cells", c.Len())
	}
}

func TestCompatIsReadAndWritten(t *testing.T) {
	for _, c := range []Compat{XGBoost34, XGBoost32} {
		if got, err := ParseCompat(c.String()); err != nil || got != c {
			t.Errorf("%s was read as %v (%v)", c, got, err)
		}
	}
	if _, err := ParseCompat("1.7"); err == nil {
		t.Error("compatibility 1.7 was taken")
	}
}

func each(values []float64) []Frequency {
	var out []Frequency
	for _, v := range values {
		out = append(out, Frequency{v, 1, 1})
	}
	return out
}
