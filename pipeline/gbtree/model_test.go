package gbtree

import (
	"bytes"
	"math"
	"strings"
	"testing"

	xgboost "github.com/Elvenson/xgboost-go"
	"github.com/Elvenson/xgboost-go/activation"
	"github.com/Elvenson/xgboost-go/mat"

	"willbuy/pipeline/encode"
)

func TestXGBoostGoScoresAnExportedDumpAsWeDo(t *testing.T) {
	for _, name := range []string{"lab_logistic", "holes", "negative"} { // 0/1 labels, missing values, negative values
		t.Run(name, func(t *testing.T) {
			c := caseNamed(t, name)
			m, _, data := trainCase(t, c, encode.XGBoost34)
			var dump bytes.Buffer
			if err := WriteDump(&dump, m); err != nil {
				t.Fatal(err)
			}
			other, err := xgboost.LoadXGBoostFromJSONBytes(dump.Bytes(), "", 1, 0, &activation.Raw{})
			if err != nil {
				t.Fatal(err)
			}
			var rows mat.SparseMatrix
			for _, row := range data.rows {
				sparse := mat.SparseVector{} // a missing value is an absent key
				for f, x := range float32s(row) {
					if x == x {
						sparse[f] = x
					}
				}
				rows.Vectors = append(rows.Vectors, sparse)
			}
			theirs, err := other.PredictRegression(rows, m.BaseMargin(0))
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range data.rows {
				want := float64((*theirs.Vectors[i])[0])
				if got := float64(m.Margin(float32s(row))); math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
					t.Fatalf("row %d: margin %v, xgboost-go's %v", i, got, want)
				}
			}
		})
	}
}

func TestModelFilesGiveTheModelBack(t *testing.T) {
	for _, name := range []string{"lab_stopped", "holes_light", "tiny_heavy"} {
		m, _, data := trainCase(t, caseNamed(t, name), encode.XGBoost32)
		var file, dump bytes.Buffer
		if err := WriteJSON(&file, m); err != nil {
			t.Fatal(err)
		}
		read, err := Read(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(read, m); d != "" {
			t.Errorf("%s as JSON: %s", name, d)
		}
		if read.BestRound != m.BestRound || len(read.Attributes) != len(m.Attributes) {
			t.Errorf("%s: best round %d and attributes %v, want %d and %v", name, read.BestRound, read.Attributes, m.BestRound, m.Attributes)
		}
		if err := WriteDump(&dump, m); err != nil {
			t.Fatal(err)
		}
		if read, err = ReadDump(dump.Bytes(), m.Features); err != nil {
			t.Fatal(err)
		}
		read.Objective, read.BaseScore = m.Objective, m.BaseScore
		for i, row := range data.rows {
			if got, want := read.Margin(float32s(row)), m.Margin(float32s(row)); got != want {
				t.Fatalf("%s as a dump: row %d has the margin %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestMarginsOfABatchAreThoseOfItsRows(t *testing.T) {
	m, _, data := trainCase(t, caseNamed(t, "holes"), encode.XGBoost34)
	var flat []float32
	for _, row := range data.rows {
		flat = append(flat, float32s(row)...)
	}
	margins := make([]float32, len(data.rows))
	m.Margins(flat, margins)
	for i, row := range data.rows {
		if margins[i] != m.Margin(float32s(row)) {
			t.Fatalf("row %d: %v in the batch, %v alone", i, margins[i], m.Margin(float32s(row)))
		}
	}
	if first := m.Truncate(1); len(first.Trees) != 1 || len(m.Trees) != 8 || first.BestRound != 0 {
		t.Errorf("the first round alone has %d trees, the model %d", len(first.Trees), len(m.Trees))
	}
}

// stump is what XGBoost 3.4.1 saves (its own text, shortened by nothing that is
// read here): an array as base_score, no size_leaf_vector, E0 exponents.
const stump = `{"learner":{"attributes":{},"feature_names":["a","b"],"feature_types":[],"gradient_booster":{"model":{` +
	`"cats":{"enc":[],"feature_segments":[],"sorted_idx":[]},"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"1"},` +
	`"iteration_indptr":[0,1],"tree_info":[0],"trees":[{"base_weights":[-0E0,-1.20000005E-1,2.857143E-1],"categories":[],` +
	`"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"default_left":[0,0,0],"id":0,` +
	`"left_children":[1,-1,-1],"loss_changes":[3.4285712E-1,0E0,0E0],"parents":[2147483647,0,0],"right_children":[2,-1,-1],` +
	`"split_conditions":[2E0,-1.20000005E-1,2.857143E-1],"split_indices":[1,0,0],"split_type":[0,0,0],` +
	`"sum_hessian":[1E0,2.5E-1,7.5E-1],"tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3","size_leaf_vector":"1"}}]},` +
	`"name":"gbtree"},"learner_model_param":{"base_score":"[2.5E-1]","boost_from_average":"1","num_class":"0","num_feature":"2",` +
	`"num_target":"1"},"objective":{"name":"binary:logistic","reg_loss_param":{"scale_pos_weight":"1"}}},"version":[3,4,1]}`

func TestReadsWhatXGBoostWrites(t *testing.T) {
	m, err := Read([]byte(stump))
	if err != nil {
		t.Fatal(err)
	}
	if m.BaseScore[0] != 0.25 || m.BaseMargin(0) != -1.0986123 {
		t.Errorf("base_score %v with the margin %v, want 0.25 and logit(0.25)", m.BaseScore, m.BaseMargin(0))
	}
	nan := float32(math.NaN())
	for _, q := range []struct{ b, leaf float32 }{{1.9999999, -0.120000005}, {2, 0.2857143}, {nan, 0.2857143}} {
		if got, want := m.Margin([]float32{0, q.b}), m.BaseMargin(0)+q.leaf; got != want {
			t.Errorf("b = %v: margin %v, want %v", q.b, got, want)
		}
	}
	scalar := strings.Replace(stump, "[2.5E-1]", "2.5E-1", 1)
	if m, err = Read([]byte(scalar)); err != nil || m.BaseScore[0] != 0.25 {
		t.Errorf("a scalar base_score gave %v, %v", m, err)
	}
	unnamed := strings.Replace(stump, `"feature_names":["a","b"]`, `"feature_names":[]`, 1)
	if m, err = Read([]byte(unnamed)); err != nil || strings.Join(m.Features, " ") != "f0 f1" {
		t.Errorf("features without names: %v, %v", m, err)
	}
}

func caseNamed(t *testing.T, name string) parityCase {
	t.Helper()
	for _, c := range parityCases(t) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("cases.json has no case %s", name)
	return parityCase{}
}
