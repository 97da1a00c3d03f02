package gbtree

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"willbuy/pipeline/encode"
)

// The goldens are made by testdata/parity/make.py with the released versions of
// XGBoost; how to run it is said there.
const parity = "../../testdata/parity"

// parityCase is one entry of cases.json.
type parityCase struct {
	Name, Data, Objective string
	Rounds                int
	Params                map[string]string
}

// golden is what XGBoost made of a case.
type golden struct {
	Model   json.RawMessage
	Metrics map[string]map[string][]float64 // set → metric → per round
	Margins []float32                       // of the first 50 rows
}

func TestModelsAreBitIdenticalToXGBoost(t *testing.T) {
	for _, c := range parityCases(t) {
		for _, compat := range []encode.Compat{encode.XGBoost34, encode.XGBoost32} {
			t.Run(c.Name+"/"+compat.String(), func(t *testing.T) {
				t.Parallel()
				want, xgb := readGolden(t, c, compat)
				got, rounds, table := trainCase(t, c, compat)
				if d := difference(got, xgb); d != "" {
					t.Fatal(d)
				}
				compareMetrics(t, rounds, want.Metrics)
				for i, margin := range want.Margins {
					if m := got.Margin(float32s(table.rows[i])); m != margin {
						t.Fatalf("row %d: margin %v, XGBoost's %v", i, m, margin)
					}
				}
				if c.Params["early_stopping_rounds"] != "" && got.BestRound != xgb.BestRound {
					t.Errorf("best round %d, XGBoost's %d", got.BestRound, xgb.BestRound)
				}
			})
		}
	}
}

// table is a data set of the parity tests.
type table struct {
	features []string
	rows     [][]float64 // NaN for missing
	label    []float64
	weight   []float64 // 1 without a column
	fold     []float64 // 0 without a column
}

func trainCase(t *testing.T, c parityCase, compat encode.Compat) (*Model, []Round, table) {
	t.Helper()
	data := readTable(t, c.Data)
	p := DefaultParams(c.Objective)
	p.Rounds = c.Rounds
	if c.Params["weighted"] == "" {
		for i := range data.weight {
			data.weight[i] = 1
		}
	}
	for name, value := range c.Params {
		if name == "weighted" {
			continue
		}
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	train, valid := data.cells(t, p.MaxBin, compat)
	var rounds []Round
	m, err := Train(context.Background(), p, input(train, valid), func(r Round) error {
		rounds = append(rounds, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, rounds, data
}

// cells bins the rows of fold 0 for training, those of fold 1 for validation.
func (d *table) cells(t testing.TB, maxBin int, compat encode.Compat) (train, valid *encode.Cells) {
	t.Helper()
	var features []encode.Feature
	for f, name := range d.features {
		counts, weights := map[float64]int64{}, map[float64]float64{}
		for i, row := range d.rows {
			if d.fold[i] == 0 && row[f] == row[f] {
				counts[row[f]]++
				weights[row[f]] += d.weight[i]
			}
		}
		feature := encode.Feature{Name: name}
		for v, n := range counts {
			feature.Values = append(feature.Values, encode.Frequency{Value: v, Count: n, Weight: weights[v]})
		}
		features = append(features, feature)
	}
	cuts, err := encode.NewCuts(features, maxBin, compat)
	if err != nil {
		t.Fatal(err)
	}
	builders := []*encode.Builder{cuts.NewBuilder(), cuts.NewBuilder()}
	for i, row := range d.rows {
		if err := builders[int(d.fold[i])].Add(row, d.label[i], d.weight[i], 1); err != nil {
			t.Fatal(err)
		}
	}
	train = builders[0].Cells()
	if slices.Contains(d.fold, 1) {
		valid = builders[1].Cells()
	}
	return train, valid
}

// difference describes the first difference between two models, "" for none.
// Floats are compared by their bits, but for the sign of a split at zero: with
// both zeros among the values, XGBoost keeps that of the row which its sort
// happens to put first.
func difference(got, want *Model) string {
	if !slices.Equal(got.Features, want.Features) || got.Objective != want.Objective {
		return fmt.Sprintf("%s of %v, want %s of %v", got.Objective, got.Features, want.Objective, want.Features)
	}
	if !slices.EqualFunc(got.BaseScore, want.BaseScore, same) {
		return fmt.Sprintf("base_score %v, want %v", got.BaseScore, want.BaseScore)
	}
	for i := range min(len(got.Trees), len(want.Trees)) {
		g, w := &got.Trees[i], &want.Trees[i]
		for id := range min(len(g.Left), len(w.Left)) {
			if !sameNode(g, w, id) {
				return fmt.Sprintf("tree %d differs first in node %d:\n got %s\nwant %s", i, id, describe(g, id), describe(w, id))
			}
		}
		if len(g.Left) != len(w.Left) {
			return fmt.Sprintf("tree %d has %d nodes, want %d", i, len(g.Left), len(w.Left))
		}
	}
	if len(got.Trees) != len(want.Trees) {
		return fmt.Sprintf("%d trees, want %d", len(got.Trees), len(want.Trees))
	}
	return ""
}

func sameNode(g, w *Tree, id int) bool {
	return g.Left[id] == w.Left[id] && g.Right[id] == w.Right[id] && g.Parent[id] == w.Parent[id] &&
		g.Feature[id] == w.Feature[id] && g.DefaultLeft[id] == w.DefaultLeft[id] &&
		(same(g.Cond[id], w.Cond[id]) || g.Left[id] >= 0 && g.Cond[id] == w.Cond[id]) && same(g.Gain[id], w.Gain[id]) &&
		same(g.Hess[id], w.Hess[id]) && same(g.Weight[id], w.Weight[id])
}

func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

func describe(t *Tree, id int) string {
	return fmt.Sprintf("feature %d cond %v default left %v children %d %d gain %v hess %v weight %v",
		t.Feature[id], t.Cond[id], t.DefaultLeft[id], t.Left[id], t.Right[id], t.Gain[id], t.Hess[id], t.Weight[id])
}

// compareMetrics wants every metric of XGBoost to 1e-9; sums of doubles differ
// in their order.
func compareMetrics(t *testing.T, rounds []Round, want map[string]map[string][]float64) {
	t.Helper()
	for set, metrics := range want {
		for name, values := range metrics {
			if len(values) != len(rounds) {
				t.Fatalf("%d rounds, XGBoost %d", len(rounds), len(values))
			}
			for i, r := range rounds {
				got, ok := r.Train[name]
				if set == "validation" {
					got, ok = r.Validation[name]
				}
				if !ok || math.Abs(got-values[i]) > 1e-9*max(1, values[i]) {
					t.Errorf("round %d: %s %s %v, XGBoost's %v", i, set, name, got, values[i])
				}
			}
		}
	}
}

func parityCases(t testing.TB) []parityCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parity, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []parityCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func readGolden(t testing.TB, c parityCase, compat encode.Compat) (golden, *Model) {
	t.Helper()
	var g golden
	if err := json.Unmarshal(gunzip(t, c.Name+"."+compat.String()+".json.gz"), &g); err != nil {
		t.Fatal(err)
	}
	m, err := ReadJSON(bytes.NewReader(g.Model))
	if err != nil {
		t.Fatal(err)
	}
	return g, m
}

func readTable(t testing.TB, name string) table {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(gunzip(t, name+".csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head, rows := rows[0], rows[1:]
	var d table
	for c, name := range head {
		if c < len(head)-1 && name != "weight" && name != "fold" {
			d.features = append(d.features, name)
		}
	}
	for _, cells := range rows {
		var row []float64
		weight, fold := 1.0, 0.0
		for c, text := range cells {
			x := math.NaN()
			if text != "" {
				if x, err = strconv.ParseFloat(text, 64); err != nil {
					t.Fatal(err)
				}
			}
			switch {
			case c == len(cells)-1:
				d.label = append(d.label, x)
			case head[c] == "weight":
				weight = x
			case head[c] == "fold":
				fold = x
			default:
				row = append(row, x)
			}
		}
		d.rows, d.weight, d.fold = append(d.rows, row), append(d.weight, weight), append(d.fold, fold)
	}
	return d
}

func gunzip(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(parity, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func float32s(row []float64) []float32 {
	out := make([]float32, len(row))
	for i, x := range row {
		out[i] = float32(x)
	}
	return out
}
