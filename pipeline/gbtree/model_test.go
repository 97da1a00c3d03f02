package gbtree

import (
	"bytes"
	"math"
	"runtime"
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
		read, err := ReadJSON(&file)
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
		if read, err = ReadDump(&dump, m.Features); err != nil {
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
	m, err := ReadJSON(strings.NewReader(stump))
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
	if m, err = ReadJSON(strings.NewReader(scalar)); err != nil || m.BaseScore[0] != 0.25 {
		t.Errorf("a scalar base_score gave %v, %v", m, err)
	}
	unnamed := strings.Replace(stump, `"feature_names":["a","b"]`, `"feature_names":[]`, 1)
	if m, err = ReadJSON(strings.NewReader(unnamed)); err != nil || strings.Join(m.Features, " ") != "f0 f1" {
		t.Errorf("features without names: %v, %v", m, err)
	}
}

func TestBrokenModelFilesAreSentences(t *testing.T) {
	swap := func(old, new string) string {
		out := strings.Replace(stump, old, new, 1)
		if out == stump {
			t.Fatalf("%q is not in the file", old)
		}
		return out
	}
	for _, q := range []struct{ what, text, says string }{
		{"empty", "", "the file ends"},
		{"not JSON", "XGBoost", "should be"},
		{"another JSON", "{}", "no \"learner\""},
		{"truncated", stump[:700], "ends"},
		{"text after the model", stump + "x", "after the end"},
		{"a cycle", swap(`"left_children":[1,-1,-1]`, `"left_children":[1,0,-1]`), "child"},
		{"a child twice", swap(`"right_children":[2,-1,-1]`, `"right_children":[1,-1,-1]`), "child of 0 and of 0"},
		{"a child beyond", swap(`"left_children":[1,`, `"left_children":[2000000000,`), "2000000000"},
		{"half a leaf", swap(`"left_children":[1,-1,-1]`, `"left_children":[-1,-1,-1]`), "child -1"},
		{"missing nodes", swap(`"split_indices":[1,0,0]`, `"split_indices":[1,0]`), "split_indices 2"},
		{"no nodes", swap(`"trees":[{`, `"trees":[{},{`), "tree 0: it has no nodes"},
		{"NaN leaf", swap(`"split_conditions":[2E0,-1.20000005E-1`, `"split_conditions":[2E0,NaN`), "NaN"},
		{"NaN condition", swap(`"split_conditions":[2E0`, `"split_conditions":[NaN`), "NaN"},
		{"infinite leaf", swap(`-1.20000005E-1,2.857143E-1],"split_indices"`, `Infinity,0E0],"split_indices"`), "Inf"},
		{"feature beyond", swap(`"split_indices":[1,`, `"split_indices":[2,`), "feature 2 of 2"},
		{"feature below", swap(`"split_indices":[1,`, `"split_indices":[-1,`), "feature -1"},
		{"huge feature count", strings.Replace(swap(`"num_feature":"2","num_target"`, `"num_feature":"2000000000","num_target"`),
			`["a","b"]`, `[]`, 1), "num_feature is 2000000000"},
		{"wrong feature count", swap(`"num_feature":"2","num_target"`, `"num_feature":"3","num_target"`), "2 features have names"},
		{"a name twice", swap(`["a","b"]`, `["a","a"]`), "two features"},
		{"base_score", swap(`[2.5E-1]`, `[nope]`), "base_score"},
		{"base_score outside", swap(`[2.5E-1]`, `[2.5E1]`), "base_score 25"},
		{"several outputs", swap(`[2.5E-1]`, `[1E-1,2E-1]`), "base_score"},
		{"classes", swap(`"num_class":"0"`, `"num_class":"3"`), "num_class is 3"},
		{"objective", swap(`binary:logistic`, `rank:pairwise`), "rank:pairwise"},
		{"booster", swap(`"name":"gbtree"`, `"name":"dart"`), "dart"},
		{"categories", swap(`"split_type":[0,`, `"split_type":[1,`), "categories"},
		{"a number of strings", swap(`"left_children":[1,`, `"left_children":["1",`), "no number"},
		{"deep nesting", strings.Repeat(`{"learner":`, 100_000), "deep"},
		{"deep lists", `{"x":` + strings.Repeat(`[`, 100_000), "deep"},
	} {
		m, err := ReadJSON(strings.NewReader(q.text))
		if err == nil {
			t.Errorf("%s: read as %v", q.what, m)
		} else if !strings.Contains(err.Error(), q.says) || !strings.HasPrefix(err.Error(), "read an XGBoost model: ") {
			t.Errorf("%s: %q does not say %q", q.what, err, q.says)
		}
	}
}

func TestAHostileFileCostsNoMoreThanTenTimesItsSize(t *testing.T) {
	text := []byte(strings.Replace(stump, `"left_children":[1,`, `"left_children":[`+strings.Repeat("1,", 2_000_000), 1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadJSON(bytes.NewReader(text))
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("a tree with 2,000,000 left children and three right ones was read")
	}
	// All that was ever allocated, most of it while the file and the array grew.
	if all := after.TotalAlloc - before.TotalAlloc; all > 20*uint64(len(text)) {
		t.Errorf("%d bytes allocated for a file of %d", all, len(text))
	}
	if held := after.Sys - before.Sys; held > 10*uint64(len(text)) {
		t.Errorf("%d more bytes held for a file of %d", held, len(text))
	}
}

func TestBrokenDumpsAreSentences(t *testing.T) {
	const good = `[{"nodeid":0,"depth":0,"split":"f0","split_condition":1.5,"yes":1,"no":2,"missing":1,` +
		`"children":[{"nodeid":1,"leaf":0.1},{"nodeid":2,"leaf":-0.2}]}]`
	m, err := ReadDump(strings.NewReader(good), nil)
	if err != nil || m.Margin([]float32{1}) != 0.1 || m.Margin([]float32{2}) != -0.2 || m.Margin([]float32{float32(math.NaN())}) != 0.1 {
		t.Fatalf("a good dump: %v, %v", m, err)
	}
	for _, q := range []struct{ old, new, says string }{
		{`"missing":1`, `"missing":7`, "missing values"},
		{`"nodeid":2`, `"nodeid":1`, "ids"},
		{`"nodeid":2`, `"nodeid":2000000000`, "ids"},
		{`,"leaf":-0.2`, ``, "neither"},
		{`1.5`, `[0,1]`, "categories"},
		{`"no":2`, `"no":0`, "child 0"},
		{`]}]`, ``, "ends"},
	} {
		_, err := ReadDump(strings.NewReader(strings.Replace(good, q.old, q.new, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("%s → %s: %v does not say %q", q.old, q.new, err, q.says)
		}
	}
	if _, err := ReadDump(strings.NewReader(good), []string{"a", "b"}); err != nil {
		t.Errorf("f0 stands for the first of two names, but: %v", err)
	}
	if _, err := ReadDump(strings.NewReader(strings.Replace(good, "f0", "f2", 1)), []string{"a", "b"}); err == nil {
		t.Error("f2 of two features was taken")
	}
}

// FuzzModelFiles wants every file either refused or read as a model that
// predicts and can be written and read again.
func FuzzModelFiles(f *testing.F) {
	f.Add([]byte(stump))
	f.Add([]byte(strings.Replace(stump, "2E0", "-Infinity", 1)))
	f.Add([]byte(`[{"nodeid":0,"leaf":0.5}]`))
	f.Add([]byte(`[{"nodeid":0,"split":"f0","split_condition":1,"yes":1,"no":2,"missing":2,"children":[{"nodeid":1,"leaf":1},{"nodeid":2,"leaf":2}]}]`))
	f.Add([]byte(`{"learner":{"attributes":{"\ud800":"\\"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadJSON(bytes.NewReader(text))
		if err != nil {
			if m, err = ReadDump(bytes.NewReader(text), nil); err != nil {
				return
			}
		}
		m.Predict(make([]float32, len(m.Features)))
		var again bytes.Buffer
		if err := WriteJSON(&again, m); err != nil {
			t.Fatal(err)
		}
		read, err := ReadJSON(&again)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		m.BaseScore = []float32{trainable(m.Objective, m.BaseScore[0])}
		if d := difference(read, m); d != "" {
			t.Fatal(d)
		}
	})
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
