package encode

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// randomRows are rows with ties, holes, negative values, weights and folds, in
// two columns and in the form that the one-by-one interface takes.
func randomRows(t *testing.T, n int, seed uint64) *Rows {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	columns := make([][]float32, 5)
	for range n {
		a, b := float32(rng.IntN(700)-350)/8, float32(rng.IntN(4))
		if rng.IntN(20) == 0 {
			b = float32(math.NaN())
		}
		if rng.IntN(50) == 0 {
			a = float32(math.Copysign(0, -1))
		}
		for i, v := range []float32{a, b, float32(rng.NormFloat64()), float32(rng.IntN(2)), float32(rng.IntN(4)) / 2} {
			columns[i] = append(columns[i], v)
		}
	}
	fold, count := make([]int32, n), make([]int64, n)
	for i := range n {
		fold[i], count[i] = int32(rng.IntN(3)), 1+rng.Int64N(5)
	}
	r := &Rows{Features: []string{"a", "b", "c"}, LabelName: "y", WeightName: "w"}
	if err := r.Append(columns, fold, count); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRowsGiveTheCutsAndCellsThatSingleRowsGive(t *testing.T) {
	notOne := func(fold int32) bool { return fold != 1 }
	r := randomRows(t, 5000, 7)
	for _, compat := range []Compat{XGBoost34, XGBoost32} {
		cuts, err := r.Cuts(notOne, 64, compat)
		if err != nil {
			t.Fatal(err)
		}
		// The same by a map of each feature's values, as one would write it.
		features := make([]Feature, 3)
		for f := range features {
			features[f].Name = r.Features[f]
			for i := range r.Len() {
				if notOne(r.Fold[i]) {
					features[f].Values = append(features[f].Values, Frequency{float64(r.Values[i*3+f]), r.Count[i], float64(r.Weight[i]) * float64(r.Count[i])})
				}
			}
		}
		want, err := NewCuts(features, 64, compat)
		if err != nil {
			t.Fatal(err)
		}
		if !sameCuts(cuts, want) {
			t.Errorf("%s: cuts %v, want %v", compat, cuts.Bounds, want.Bounds)
		}
		b := cuts.NewBuilder()
		for i := range r.Len() {
			row := []float64{float64(r.Values[i*3]), float64(r.Values[i*3+1]), float64(r.Values[i*3+2])}
			if notOne(r.Fold[i]) {
				if err := b.Add(row, float64(r.Label[i]), float64(r.Weight[i]), r.Count[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, one := r.Cells(cuts, notOne), b.Cells()
		if !reflect.DeepEqual(got, one) {
			t.Errorf("%s: %d cells of %d rows, one by one %d of %d", compat, got.Len(), got.Rows(), one.Len(), one.Rows())
		}
	}
}

func sameCuts(a, b *Cuts) bool {
	return slices.EqualFunc(a.Bounds, b.Bounds, func(x, y []float32) bool { return slices.Equal(x, y) }) && slices.Equal(a.Features, b.Features)
}

// TestCellsAreSortedAndDistinct holds for features that fit into a radix key and
// for those that do not.
func TestCellsAreSortedAndDistinct(t *testing.T) {
	for _, k := range []int{1, 5, 40} {
		rng := rand.New(rand.NewPCG(1, uint64(k)))
		r := &Rows{LabelName: "y"}
		columns := make([][]float32, k+1)
		const n = 3000
		for f := range columns {
			if f < k {
				r.Features = append(r.Features, strings.Repeat("f", f+1))
			}
			for range n {
				columns[f] = append(columns[f], float32(rng.IntN(2)))
			}
		}
		count := make([]int64, n)
		for i := range count {
			count[i] = 1
		}
		if err := r.Append(columns, make([]int32, n), count); err != nil {
			t.Fatal(err)
		}
		cuts, err := r.Cuts(nil, 256, XGBoost34)
		if err != nil {
			t.Fatal(err)
		}
		c := r.Cells(cuts, nil)
		for i := 1; i < c.Len(); i++ {
			if slices.Compare(c.Row(i-1), c.Row(i)) >= 0 {
				t.Fatalf("%d features: cells %d and %d are %v, %v", k, i-1, i, c.Row(i-1), c.Row(i))
			}
		}
		if most := 1 << min(k, 20); c.Rows() != n || c.Len() > most {
			t.Errorf("%d features: %d cells of %d rows", k, c.Len(), c.Rows())
		}
	}
}

// TestRowsWithOtherMarginsAreOtherCells: boosting goes on from each row's own
// margin.
func TestRowsWithOtherMarginsAreOtherCells(t *testing.T) {
	r := &Rows{Features: []string{"x"}, LabelName: "y"}
	if err := r.Append([][]float32{{1, 2, 3, 4}, {0, 1, 0, 1}}, make([]int32, 4), []int64{1, 1, 1, 1}); err != nil {
		t.Fatal(err)
	}
	r.Margin = []float32{.5, .1, .5, .25, .5, .25, .5, .25} // two outputs
	cuts, err := r.Cuts(nil, 2, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Cells(cuts, nil) // bins {1, 2} and {3, 4}
	if want := []float32{.5, .1, .5, .25, .5, .25}; !slices.Equal(c.Margin, want[:2*c.Len()]) || c.Len() != 3 {
		t.Errorf("%d cells with the margins %v, want %v", c.Len(), c.Margin, want)
	}
}

// columnsOf are rows as the columns that they came from.
func columnsOf(r *Rows) (columns [][]float32) {
	k := len(r.Features)
	columns = make([][]float32, k+2)
	for i := range r.Len() {
		for f := range k {
			columns[f] = append(columns[f], r.Values[i*k+f])
		}
	}
	columns[k], columns[k+1] = r.Label, r.Weight
	return columns
}

// blocksOf streams rows, so many at a time.
func blocksOf(t *testing.T, r *Rows, cuts *Cuts, step int, ordered bool) []*Cells {
	t.Helper()
	columns := columnsOf(r)
	blocks := NewBlocks(&Rows{Features: r.Features, LabelName: r.LabelName, WeightName: r.WeightName}, cuts, 3, 0, nil, ordered)
	for at := 0; at < r.Len(); at += step {
		end := min(at+step, r.Len())
		chunk := make([][]float32, len(columns))
		for i := range chunk {
			chunk[i] = columns[i][at:end]
		}
		if err := blocks.Append(chunk, r.Fold[at:end], r.Count[at:end]); err != nil {
			t.Fatal(err)
		}
	}
	return blocks.Cells()
}

func TestStreamedRowsGiveTheCutsAndCellsOfGroupedOnes(t *testing.T) {
	r := randomRows(t, 40_000, 11)
	columns := columnsOf(r)
	inner := func(fold int32) bool { return fold == 0 }
	want, err := r.Cuts(inner, 64, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	var each []*Cuts
	for f, name := range r.Features {
		var d Distinct
		for at := 0; at < r.Len(); at += 1000 {
			d.Add(columns[f][at:at+1000], r.Weight[at:at+1000], r.Fold[at:at+1000], r.Count[at:at+1000])
		}
		cuts, err := d.Cuts(name, 64, XGBoost34)
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, cuts)
	}
	cuts := Join(each)
	if !sameCuts(cuts, want) {
		t.Errorf("cuts %v, want %v", cuts.Bounds, want.Bounds)
	}
	for _, step := range []int{777, 40_000} {
		for fold, got := range blocksOf(t, r, cuts, step, false) {
			if want := r.Cells(cuts, func(f int32) bool { return f == int32(fold) }); !reflect.DeepEqual(got, want) {
				t.Errorf("fold %d: %d cells of %d rows, want %d of %d", fold, got.Len(), got.Rows(), want.Len(), want.Rows())
			}
		}
	}
}

// TestTalliesGiveTheCellsOfRows: whichever of them a row goes to, and however
// often equal ones have been merged in between.
func TestTalliesGiveTheCellsOfRows(t *testing.T) {
	r := randomRows(t, 3*leastMerged, 13)
	cuts, err := r.Cuts(nil, 16, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	columns, names := columnsOf(r), &Rows{Features: r.Features, LabelName: r.LabelName, WeightName: r.WeightName}
	for _, hands := range []int{1, 3} {
		tallies := make([]*Tally, hands)
		for i := range tallies {
			tallies[i] = NewTally(names, cuts, 3)
		}
		for at := 0; at < r.Len(); at += 2048 {
			part := make([][]float32, len(columns))
			for f := range part {
				part[f] = columns[f][at : at+2048]
			}
			if err := tallies[at/2048*7%hands].Append(part, r.Fold[at:at+2048], r.Count[at:at+2048]); err != nil {
				t.Fatal(err)
			}
		}
		for fold, got := range Total(tallies) {
			if want := r.Cells(cuts, func(f int32) bool { return f == int32(fold) }); !reflect.DeepEqual(got, want) {
				t.Errorf("%d tallies, fold %d: %d cells of %d rows, want %d of %d", hands, fold, got.Len(), got.Rows(), want.Len(), want.Rows())
			}
		}
	}
}

// TestTalliesTakeWhatFitsAKey: neither many features of many bins nor many labels.
func TestTalliesTakeWhatFitsAKey(t *testing.T) {
	many := make([]float32, 1<<labelBits+1)
	for i := range many {
		many[i] = float32(i)
	}
	cuts := &Cuts{}
	for range 6 { // of 9 bits each
		cuts.Features, cuts.Bounds = append(cuts.Features, "x"), append(cuts.Bounds, many[:257])
	}
	if NewTally(&Rows{Features: cuts.Features}, cuts, 1) != nil {
		t.Error("54 bits fit into 48")
	}
	one := &Cuts{Features: cuts.Features[:1], Bounds: cuts.Bounds[:1]}
	values := make([]float32, len(many))
	tally := NewTally(&Rows{Features: one.Features, LabelName: "y"}, one, 1)
	if err := tally.Append([][]float32{values[1:], many[1:]}, nil, nil); err != nil {
		t.Errorf("%d labels: %v", len(many)-1, err)
	}
	if err := tally.Append([][]float32{values[:1], many[:1]}, nil, nil); !errors.Is(err, ErrTooManyLabels) {
		t.Errorf("%d labels: %v", len(many), err)
	}
}

// TestRowsThatAreHardlyAlikeStayApart: such rows are cells in their order, and
// stand for the same rows as merged ones.
func TestRowsThatAreHardlyAlikeStayApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const n = firstRows + 30_000
	r := &Rows{Features: []string{"a", "b", "c"}, LabelName: "y", WeightName: "w"}
	columns := make([][]float32, 5)
	for range n {
		for i := range columns {
			columns[i] = append(columns[i], rng.Float32())
		}
	}
	if err := r.Append(columns, nil, nil); err != nil {
		t.Fatal(err)
	}
	cuts, err := r.Cuts(nil, 256, XGBoost34)
	if err != nil {
		t.Fatal(err)
	}
	c := blocksOf(t, r, cuts, 5000, true)[0]
	if c.Rows() != n || c.Len() <= n/2 || int(c.First[c.Len()]) != len(c.Label) {
		t.Fatalf("%d cells of %d rows with %d entries", c.Len(), c.Rows(), len(c.Label))
	}
	last := c.Len() - 1 // the last row
	for f := range 3 {
		if bin := cuts.Bin(f, columns[f][n-1]); c.Row(last)[f] != bin {
			t.Errorf("the last cell has the bins %v", c.Row(last))
		}
	}
	sum := func(c *Cells) (sum float64) {
		for e, y := range c.Label {
			sum += float64(y) * float64(c.Weight[e]) * float64(c.Count[e])
		}
		return sum
	}
	if merged := r.Cells(cuts, nil); math.Abs(sum(c)-sum(merged)) > 1e-6 || merged.Rows() != n {
		t.Errorf("apart %v, merged %v", sum(c), sum(merged))
	}
}

// FuzzBuilder adds arbitrary rows, in two orders, and by Rows: whatever they
// hold, nothing panics, rows that are refused leave no trace, and the cells are
// the same.
func FuzzBuilder(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint16(3))
	f.Add([]byte("\x00\x00\x80\x7f\x00\x00\xc0\x7f\xff\xff\x7f\xff"), uint16(256))
	f.Add([]byte{}, uint16(2))
	f.Fuzz(func(t *testing.T, data []byte, maxBin uint16) {
		var rows [][]float64
		for ; len(data) >= 4 && len(rows) < 200; data = data[4:] {
			row := make([]float64, 4)
			for i := range row {
				switch b := data[i]; b {
				case 255:
					row[i] = math.NaN()
				case 254:
					row[i] = math.Inf(1)
				default:
					row[i] = math.Exp(float64(b)-127) * float64(1-2*int(b%2))
				}
			}
			rows = append(rows, row)
		}
		var features []Feature
		for i, name := range []string{"a", "b"} {
			feature := Feature{Name: name}
			for _, row := range rows {
				feature.Values = append(feature.Values, Frequency{row[i], 1, 1})
			}
			features = append(features, feature)
		}
		cuts, err := NewCuts(features, int(maxBin), XGBoost34)
		if err != nil {
			return
		}
		taken := int64(0)
		build := func() *Cells {
			b := cuts.NewBuilder()
			taken = 0
			for _, row := range rows {
				if b.Add(row[:2], row[2], math.Abs(row[3]), 1) == nil {
					taken++
				}
			}
			return b.Cells()
		}
		one := build()
		slices.Reverse(rows)
		two := build()
		if one.Rows() != taken || !reflect.DeepEqual(one, two) {
			t.Errorf("%d rows taken, %d and %d in the cells", taken, one.Rows(), two.Rows())
		}
		for i := 1; i < one.Len(); i++ {
			if slices.Compare(one.Row(i-1), one.Row(i)) >= 0 {
				t.Errorf("cells %d and %d are out of order", i-1, i)
			}
		}
	})
}

func TestRowsRefuseWhatXGBoostRefuses(t *testing.T) {
	inf, nan := float32(math.Inf(-1)), float32(math.NaN())
	for _, q := range []struct {
		says             string
		x, label, weight float32
		is               error
	}{
		{"column load: -Inf is infinite", inf, 0, 1, ErrInfinite},
		{"column y, the label, is empty", 1, nan, 1, ErrNoLabel},
		{"column y, the label: -Inf", 1, inf, 1, ErrInfinite},
		{"column w, the weight, is empty", 1, 0, nan, ErrNoWeight},
		{"column w, the weight: -2 is negative", 1, 0, -2, nil},
		{"column w, the weight: -Inf", 1, 0, inf, nil},
	} {
		r := &Rows{Features: []string{"load"}, LabelName: "y", WeightName: "w"}
		columns := [][]float32{{q.x}, {q.label}, {q.weight}}
		err := r.Append(columns, nil, nil)
		blocks := NewBlocks(r, &Cuts{Features: r.Features, Bounds: [][]float32{{0, 1}}}, 1, 0, nil, false)
		if again := blocks.Append(columns, nil, nil); err == nil || again == nil || again.Error() != err.Error() {
			t.Errorf("rows say %v, blocks %v", err, again)
		}
		tally := NewTally(r, &Cuts{Features: r.Features, Bounds: [][]float32{{0, 1}}}, 1)
		if again := tally.Append(columns, nil, nil); err == nil || again == nil || again.Error() != err.Error() {
			t.Errorf("rows say %v, tallies %v", err, again)
		}
		if err == nil || !strings.Contains(err.Error(), q.says) || q.is != nil && !errors.Is(err, q.is) {
			t.Errorf("got %v, want an error that says %q", err, q.says)
		}
	}
}

func TestRadixSortAgreesWithComparing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{0, 1, 2, 1000} {
		a := make([]keyed, n)
		for i := range a {
			a[i] = keyed{rng.Uint64() >> rng.IntN(64), int64(i)}
		}
		want := slices.Clone(a)
		slices.SortStableFunc(want, func(x, y keyed) int { return cmp.Compare(x.key, y.key) })
		if sortKeyed(a, make([]keyed, n)); !slices.Equal(a, want) {
			t.Errorf("%d keys are out of order", n)
		}
	}
	floats := []float32{float32(math.Inf(-1)), -math.MaxFloat32, -1, -math.SmallestNonzeroFloat32, 0, math.SmallestNonzeroFloat32, 1, 1.5, math.MaxFloat32}
	for i, x := range floats {
		if fromAscending(ascending(x)) != x || i > 0 && ascending(floats[i-1]) >= ascending(x) {
			t.Errorf("%g does not keep its place", x)
		}
	}
}

// BenchmarkCells makes cells of as many groups as a million of the lab's rows are.
func BenchmarkCells(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 3))
	const n = 200_000
	names := &Rows{Features: []string{"quality", "layout", "load", "sentiment", "rating"}, LabelName: "y"}
	columns := make([][]float32, 6)
	for range n {
		for f, kinds := range []int{3, 5, 1156, 4, 5, 2} {
			columns[f] = append(columns[f], float32(rng.IntN(kinds)))
		}
	}
	for b.Loop() {
		parts := make([]*Cuts, 5)
		for f := range parts {
			var d Distinct
			d.Add(columns[f], nil, nil, nil)
			var err error
			if parts[f], err = d.Cuts(names.Features[f], DefaultMaxBin, XGBoost34); err != nil {
				b.Fatal(err)
			}
		}
		tallies := []*Tally{NewTally(names, Join(parts), 1)}
		for at := 0; at < n; at += 2000 {
			chunk := make([][]float32, len(columns))
			for f := range chunk {
				chunk[f] = columns[f][at : at+2000]
			}
			if err := tallies[0].Append(chunk, nil, nil); err != nil {
				b.Fatal(err)
			}
		}
		Total(tallies)
	}
}
