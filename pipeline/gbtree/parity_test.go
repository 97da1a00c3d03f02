package gbtree

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"willbuy/pipeline/encode"
)

// The goldens are made by testdata/parity/make.py with the released versions of
// XGBoost; how to run it is said there.
const parity = "../../testdata/parity"

// full is a folder of many more, made by testdata/parity/full.sh.
var full = flag.String("full", "", "compare the goldens of this folder, too, and print a table")

// parityCase is one entry of cases.json.
type parityCase struct {
	Name, Data, Objective string
	Rounds                int
	Params                map[string]string // XGBoost's, and weighted, train and from (see make.py)
	dir                   string
}

// golden is what XGBoost made of a case.
type golden struct {
	Model   string
	Metrics map[string]map[string][]*float64 // set → metric → per round, nil if not defined
	Margins []float32                        // of the first 50 rows, each output
	Self    string                           // how XGBoost disagrees with itself
}

func TestModelsAreBitIdenticalToXGBoost(t *testing.T) {
	for _, c := range parityCases(t) {
		for _, compat := range []encode.Compat{encode.XGBoost34, encode.XGBoost32} {
			t.Run(c.Name+"/"+compat.String(), func(t *testing.T) {
				t.Parallel()
				got, rounds, data := trainCase(t, c, compat)
				want, xgb := readGolden(t, c, compat)
				if d := unlike(got, rounds, data, want, xgb); d != "" {
					t.Fatal(d)
				}
			})
		}
	}
}

func TestFullParity(t *testing.T) {
	if *full == "" {
		t.Skip("-full names no folder")
	}
	fmt.Printf("| %-20s | %7s | %7s | %7s | %5s | %6s | %s |\n", "case", "XGBoost", "rows", "cells", "trees", "nodes", "bit by bit")
	fmt.Println("|---|---|--:|--:|--:|--:|---|")
	identical, all := 0, 0
	for _, c := range casesIn(t, *full) {
		for _, compat := range []encode.Compat{encode.XGBoost34, encode.XGBoost32} {
			got, rounds, data := trainCase(t, c, compat)
			want, xgb := readGolden(t, c, compat)
			verdict, nodes := "identical", 0
			for i := range got.Trees {
				nodes += len(got.Trees[i].Left)
			}
			d := unlike(got, rounds, data, want, xgb)
			all++
			switch {
			case d == "":
				identical++
			case want.Self != "":
				verdict = "XGBoost differs from itself, " + want.Self
			default:
				verdict = d
				t.Errorf("%s/%s: %s", c.Name, compat, d)
			}
			fmt.Printf("| %-20s | %7s | %7d | %7d | %5d | %6d | %s |\n", c.Name, compat, len(data.rows), data.cellCount, len(got.Trees), nodes, strings.ReplaceAll(verdict, "\n", "; "))
		}
	}
	fmt.Printf("\n%d of %d models identical.\n", identical, all)
}

// table is a data set of the parity tests.
type table struct {
	features  []string
	rows      [][]float64 // NaN for missing
	label     []float64
	weight    []float64 // 1 without a column
	fold      []float64 // 0 without a column
	cellCount int       // of the training rows
}

func trainCase(t *testing.T, c parityCase, compat encode.Compat) (*Model, []Round, table) {
	t.Helper()
	data := readTable(t, c.dir, c.Data)
	p := DefaultParams(c.Objective)
	p.Rounds = c.Rounds
	if c.Params["weighted"] == "" {
		for i := range data.weight {
			data.weight[i] = 1
		}
	}
	first := 0
	var in Input
	p.EvalMetric = map[string][]string{SquaredError: {"rmse"}, Logistic: {"auc", "error", "logloss"}, Softprob: {"merror", "mlogloss"}}[c.Objective] // as in make.py
	for name, value := range c.Params {
		switch name {
		case "weighted":
		case "train":
			first, _ = strconv.Atoi(value)
		case "from":
			cases := casesIn(t, c.dir)
			begun := slices.IndexFunc(cases, func(c parityCase) bool { return c.Name == value })
			in.From, _, _ = trainCase(t, cases[begun], compat)
		default:
			if err := p.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	sets := data.cells(t, p.MaxBin, compat, first, in.From)
	in.Train = sets[0]
	data.cellCount = in.Train.Len()
	for i, cells := range sets[1:] {
		in.Watch = append(in.Watch, Watch{fmt.Sprintf("fold%d", first+1+i), cells})
	}
	if last := len(in.Watch) - 1; last >= 0 {
		in.Watch[last].Name = "validation"
	} else {
		p.EarlyStoppingRounds = 0
	}
	var rounds []Round
	m, err := Train(context.Background(), p, in, func(r Round) error {
		rounds = append(rounds, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, rounds, data
}

// cells bins the rows of each fold from first on. Cuts are those of the first.
func (d *table) cells(t testing.TB, maxBin int, compat encode.Compat, first int, from *Model) []*encode.Cells {
	t.Helper()
	var features []encode.Feature
	for f, name := range d.features {
		counts, weights := map[float64]int64{}, map[float64]float64{}
		for i, row := range d.rows {
			if d.fold[i] == float64(first) && row[f] == row[f] {
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
	var out []*encode.Cells
	for fold := first; fold <= int(slices.Max(d.fold)); fold++ {
		if from != nil {
			out = append(out, d.rowCells(cuts, fold, from))
			continue
		}
		b := cuts.NewBuilder()
		for i, row := range d.rows {
			if d.fold[i] != float64(fold) {
				continue
			}
			if err := b.Add(row, d.label[i], d.weight[i], 1); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, b.Cells())
	}
	return out
}

// rowCells makes a cell of every row of a fold, with the margins that a model
// gives it.
func (d *table) rowCells(cuts *encode.Cuts, fold int, from *Model) *encode.Cells {
	c := &encode.Cells{Cuts: cuts, First: []int32{0}}
	for i, row := range d.rows {
		if d.fold[i] != float64(fold) {
			continue
		}
		values := float32s(row)
		for f, x := range values {
			c.Bins = append(c.Bins, cuts.Bin(f, x))
		}
		c.Label, c.Weight, c.Count = append(c.Label, float32(d.label[i])), append(c.Weight, float32(d.weight[i])), append(c.Count, 1)
		c.First = append(c.First, int32(len(c.Label)))
		margins := make([]float32, from.Outputs())
		from.Margins(values, margins)
		c.Margin = append(c.Margin, margins...)
	}
	return c
}

// unlike describes the first difference between what was trained here
// and by XGBoost, "" for none.
func unlike(got *Model, rounds []Round, data table, want golden, xgb *Model) string {
	if d := difference(got, xgb); d != "" {
		return d
	}
	for i := range min(50, len(data.rows)) {
		outputs := got.Outputs()
		margins := make([]float32, outputs)
		got.Margins(float32s(data.rows[i]), margins)
		for o, m := range margins {
			if w := want.Margins[i*outputs+o]; m != w {
				return fmt.Sprintf("row %d, output %d: margin %v, want %v", i, o, m, w)
			}
		}
	}
	if _, stopped := xgb.Attributes["best_iteration"]; stopped {
		if g, w := got.Attributes["best_iteration"], xgb.Attributes["best_iteration"]; g != w {
			return fmt.Sprintf("best_iteration %s, want %s", g, w)
		}
		g, _ := strconv.ParseFloat(got.Attributes["best_score"], 64)
		if w, _ := strconv.ParseFloat(xgb.Attributes["best_score"], 64); !near(g, w) {
			return fmt.Sprintf("best_score %v, want %v", g, w)
		}
	}
	return differentMetric(rounds, want.Metrics)
}

// differentMetric wants every metric of XGBoost to 1e-9; sums of doubles differ
// in their order.
func differentMetric(rounds []Round, want map[string]map[string][]*float64) string {
	for set, metrics := range want {
		for name, values := range metrics {
			if len(values) != len(rounds) {
				return fmt.Sprintf("%d rounds, want %d", len(rounds), len(values))
			}
			for i, r := range rounds {
				of := r.Others[set]
				switch set {
				case "train":
					of = r.Train
				case "validation":
					of = r.Validation
				}
				got, defined := of[name]
				switch want := values[i]; {
				case want == nil && defined:
					return fmt.Sprintf("round %d: %s %s %v, want none", i, set, name, got)
				case want != nil && !(defined && near(got, *want)):
					return fmt.Sprintf("round %d: %s %s %v, want %v", i, set, name, got, *want)
				}
			}
		}
	}
	return ""
}

// near allows for sums of float64 in another order.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*max(1, math.Abs(want)) }

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

func parityCases(t testing.TB) []parityCase { return casesIn(t, parity) }

func casesIn(t testing.TB, dir string) []parityCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []parityCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		cases[i].dir = dir
	}
	return cases
}

func readGolden(t testing.TB, c parityCase, compat encode.Compat) (golden, *Model) {
	t.Helper()
	var g golden
	if err := json.Unmarshal(gunzip(t, c.dir, c.Name+"."+compat.String()+".json.gz"), &g); err != nil {
		t.Fatal(err)
	}
	m, err := Read([]byte(g.Model))
	if err != nil {
		t.Fatal(err)
	}
	return g, m
}

func readTable(t testing.TB, dir, name string) table {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(gunzip(t, dir, name+".csv.gz"))).ReadAll()
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

func gunzip(t testing.TB, dir, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
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
