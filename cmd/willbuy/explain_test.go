package main

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// golden is a model of testdata/shap with what XGBoost says about some rows.
type golden struct {
	Model         json.RawMessage
	Rows          [][]*float64
	Contributions any // per row (and class): per feature, then the bias
	Interactions  any // per row (and class): a matrix of the same
}

// goldenFiles writes model.json and rows.csv of a golden, with a column label
// that is 0 and 1 in turn and a column shop of text.
func goldenFiles(t *testing.T, name string) (dir string, g golden) {
	t.Helper()
	packed, err := os.Open("../../testdata/shap/" + name + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(text).Decode(&g); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "model.json"), g.Model, 0o644); err != nil {
		t.Fatal(err)
	}
	var header []string
	for f := range g.Rows[0] {
		header = append(header, "f"+strconv.Itoa(f))
	}
	table := [][]string{append(header, "label", "shop")}
	for i, row := range g.Rows {
		var fields []string
		for _, x := range row {
			text := "" // missing
			if x != nil {
				text = strconv.FormatFloat(*x, 'g', -1, 64)
			}
			fields = append(fields, text)
		}
		table = append(table, append(fields, strconv.Itoa(i%2), []string{"north", "south"}[i%2]))
	}
	writeCSVFile(t, filepath.Join(dir, "rows.csv"), table)
	return dir, g
}

// numbers are those of nested lists, one after the other.
func numbers(nested any) []float64 {
	if x, ok := nested.(float64); ok {
		return []float64{x}
	}
	var out []float64
	for _, part := range nested.([]any) {
		out = append(out, numbers(part)...)
	}
	return out
}

func TestExplainedRowsAreThoseOfXGBoost(t *testing.T) {
	for name, header := range map[string]string{
		"lab":         "f0,f1,f2,f3,f4,bias",
		"missing-3.2": "f0,f1,f2,f3,f4,bias",
		"nothing":     "f0,f1,f2,bias",
		"classes":     "f0_0,f1_0,f2_0,f3_0,f4_0,bias_0,f0_1,f1_1,f2_1,f3_1,f4_1,bias_1,f0_2,f1_2,f2_2,f3_2,f4_2,bias_2",
	} {
		dir, g := goldenFiles(t, name)
		willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--out", "s.csv").must(t)
		got, want := readCSV(t, filepath.Join(dir, "s.csv")), numbers(g.Contributions)
		if strings.Join(got[0], ",") != header || len(got) != len(g.Rows)+1 {
			t.Fatalf("%s: header %v, %d lines", name, got[0], len(got))
		}
		for i, row := range got[1:] {
			for c, field := range row {
				if x := want[i*len(row)+c]; math.Abs(number(t, field)-x) > 1e-6 {
					t.Fatalf("%s: row %d has %s = %s, XGBoost says %g", name, i+1, got[0][c], field, x)
				}
			}
		}
	}
}

func TestInteractionsOfRowsAreThoseOfXGBoost(t *testing.T) {
	dir, g := goldenFiles(t, "lab")
	willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--interactions", "--out", "s.csv").must(t)
	got := readCSV(t, filepath.Join(dir, "s.csv"))
	if header := strings.Join(got[0], ","); !strings.HasPrefix(header, "f0,f1,f2,f3,f4,f0×f1,f0×f2,") || !strings.HasSuffix(header, ",f3×f4,bias") {
		t.Fatalf("header %v", got[0])
	}
	for i, row := range g.Interactions.([]any) {
		matrix := numbers(row)
		for c, name := range got[0][:len(got[0])-1] {
			a, b, pair := strings.Cut(name, "×")
			at := func(f string) int { return int(number(t, strings.TrimPrefix(f, "f"))) }
			want := matrix[at(a)*6+at(a)]
			if pair {
				want = matrix[at(a)*6+at(b)] + matrix[at(b)*6+at(a)]
			}
			if math.Abs(number(t, got[i+1][c])-want) > 1e-5 {
				t.Errorf("row %d: %s = %s, XGBoost says %g", i+1, name, got[i+1][c], want)
			}
		}
	}
	contains(t, willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--interactions").must(t).out, "EFFECT", "×f")
	one := willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--interactions", "--row", "2").must(t).out
	contains(t, one, "×f", "this row")
}

// TestManyRowsKeepTheirOrder: more rows than are written at a time, most of them
// seen before.
func TestManyRowsKeepTheirOrder(t *testing.T) {
	dir, g := goldenFiles(t, "lab")
	var text strings.Builder
	text.WriteString("f0,f1,f2,f3,f4\n")
	const rows = waitingRows + 1000
	for i := range rows {
		row := g.Rows[i%len(g.Rows)]
		for f, x := range row {
			if f > 0 {
				text.WriteByte(',')
			}
			switch {
			case f == 0:
				text.WriteString(strconv.Itoa(i * i % 97 / 10))
			case x != nil:
				text.WriteString(strconv.FormatFloat(*x, 'g', -1, 64))
			}
		}
		text.WriteByte('\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "many.csv"), []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	willbuy(t, dir, "explain", "--model", "model.json", "--data", "many.csv", "--out", "s.csv").must(t)
	willbuy(t, dir, "predict", "--model", "model.json", "--data", "many.csv", "--out", "p.csv").must(t)
	contributions, predictions := readCSV(t, filepath.Join(dir, "s.csv")), readCSV(t, filepath.Join(dir, "p.csv"))
	if len(contributions) != rows+1 || len(predictions) != rows+1 {
		t.Fatalf("%d and %d lines", len(contributions), len(predictions))
	}
	for i := 1; i <= rows; i++ {
		sum := 0.0
		for _, field := range contributions[i] {
			sum += number(t, field)
		}
		if margin := number(t, predictions[i][0]); math.Abs(sum-margin) > 1e-5 {
			t.Fatalf("row %d: contributions add up to %v, the margin is %v", i, sum, margin)
		}
	}
}

func TestARowIsExplainedByItsPredictedClass(t *testing.T) {
	dir, g := goldenFiles(t, "classes")
	explain := func(more ...string) map[string]any {
		t.Helper()
		args := append([]string{"explain", "--model", "model.json", "--data", "rows.csv", "--json"}, more...)
		return willbuy(t, dir, args...).must(t).objects(t)[0]
	}
	margins := make([]float64, 3)
	for k := range margins {
		one := explain("--row", "4", "--class", strconv.Itoa(k))
		margins[k] = one["margin"].(float64)
		first := one["contributions"].([]any)[0].(map[string]any)
		if want := numbers(g.Contributions)[(3*3+k)*6]; math.Abs(first["contribution"].(float64)-want) > 1e-6 || one["class"] != float64(k) {
			t.Errorf("class %d: %v, XGBoost says %g", k, one, want)
		}
	}
	best := explain("--row", "4")
	if best["margin"] != slices.Max(margins) || best["prediction"].(float64) < 1.0/3 {
		t.Errorf("of margins %v row 4 is explained by %v", margins, best)
	}
	contains(t, willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--row", "4").must(t).out, "Class ", "of 0 to 2")
	// Over all classes MEAN_ABS is the sum of the classes'.
	all, sum := explain()["features"].([]any), 0.0
	for k := range margins {
		for _, f := range explain("--class", strconv.Itoa(k))["features"].([]any) {
			if f := f.(map[string]any); f["feature"] == all[0].(map[string]any)["feature"] {
				sum += f["mean_abs"].(float64)
			}
		}
	}
	if got := all[0].(map[string]any)["mean_abs"].(float64); math.Abs(got-sum) > 1e-12 {
		t.Errorf("mean_abs %g, of the classes %g", got, sum)
	}
}

func TestProbabilitiesAreExplained(t *testing.T) {
	dir, g := goldenFiles(t, "lab")
	explain := func(more ...string) map[string]any {
		t.Helper()
		args := append([]string{"explain", "--model", "model.json", "--data", "rows.csv", "--json"}, more...)
		return willbuy(t, dir, args...).must(t).objects(t)[0]
	}
	one := explain("--row", "5", "--probability")
	sum := one["bias"].(float64)
	for i, c := range one["contributions"].([]any) {
		x := c.(map[string]any)["contribution"].(float64)
		if margin := numbers(g.Contributions)[4*6+i]; x*margin < 0 || math.Abs(x) > math.Abs(margin)/4+1e-6 {
			t.Errorf("%v contributes %g to the probability, %g to the margin", c, x, margin)
		}
		sum += x
	}
	if p := one["prediction"].(float64); math.Abs(sum-p) > 1e-6 {
		t.Errorf("bias and contributions add up to %g, the probability is %g", sum, p)
	}
	if bias := explain("--probability")["bias"]; bias != one["bias"] {
		t.Errorf("the table starts from %v, the row from %v", bias, one["bias"])
	}
}

func TestGroupsHaveTheirShareOfTheWhole(t *testing.T) {
	dir, _ := goldenFiles(t, "lab")
	run := func(by string) map[string]any {
		return willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--by", by, "--json").must(t).objects(t)[0]
	}
	for by, names := range map[string]string{"shop": "north south", "LABEL": "0 1", "f1": "0 1 2 missing"} {
		o := run(by)
		var got []string
		rows, mean := 0.0, 0.0
		for _, g := range o["groups"].([]any) {
			g := g.(map[string]any)
			got = append(got, g["group"].(string))
			rows += g["rows"].(float64)
			mean += g["rows"].(float64) * g["mean"].(map[string]any)["f0"].(float64)
		}
		if strings.Join(got, " ") != names || rows != o["rows"] {
			t.Errorf("--by %s: groups %v of %v rows", by, got, rows)
		}
		for _, f := range o["features"].([]any) {
			if f := f.(map[string]any); f["feature"] == "f0" && math.Abs(f["mean"].(float64)-mean/rows) > 1e-12 {
				t.Errorf("--by %s: f0 contributes %v, by group %v", by, f["mean"], mean/rows)
			}
		}
	}
	contains(t, willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--by", "shop").must(t).out, "north", "ROWS")
}

func TestShufflingWhatMattersCosts(t *testing.T) {
	dir, g := goldenFiles(t, "lab")
	// The label is what the model says, so that every shuffle makes it worse.
	table := readCSV(t, filepath.Join(dir, "rows.csv"))
	all := numbers(g.Contributions)
	for i, row := range table[1:] {
		margin := 0.0
		for _, x := range all[i*6 : i*6+6] {
			margin += x
		}
		row[5] = "0"
		if margin > 0 {
			row[5] = "1"
		}
	}
	writeCSVFile(t, filepath.Join(dir, "rows.csv"), table)
	o := willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--label", "label", "--json").must(t).objects(t)[0]
	for i, f := range o["features"].([]any) {
		f := f.(map[string]any)
		if grown := f["permutation"].(float64); i == 0 && !(grown > 0.01) || !(f["permutation_sd"].(float64) > 0) {
			t.Errorf("%v", f)
		}
	}
	contains(t, willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--label", "label").must(t).out, "PERMUTATION")
	for _, name := range []string{"squared", "classes"} {
		dir, _ := goldenFiles(t, name)
		o := willbuy(t, dir, "explain", "--model", "model.json", "--data", "rows.csv", "--label", "label", "--json").must(t).objects(t)[0]
		if f := o["features"].([]any)[0].(map[string]any); f["permutation"] == 0.0 {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestTextsAreExplainedAsTexts(t *testing.T) {
	dir, _ := shop(t, 500)
	table := readCSV(t, filepath.Join(dir, "shop.csv"))
	for i, row := range table[1:] {
		row[3] = []string{"grid", "list"}[i/5%2]
		if row[4] == "1" && i%3 > 0 {
			row[3] = "single"
		}
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,layout", "--label", "bought", "--rounds", "5", "--out", "m.json").must(t)
	one := willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--row", "7").must(t).out
	contains(t, one, "layout", table[7][3])
	groups := willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--by", "layout", "--json").must(t).objects(t)[0]["groups"]
	last := groups.([]any)[2].(map[string]any)
	if last["group"] != "single" || !(last["mean"].(map[string]any)["layout"].(float64) > 0) {
		t.Errorf("groups %v", groups)
	}
	willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--out", "s.csv").must(t)
	table[9][3] = "spiral"
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	if r := willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv"); r.code != 1 || !strings.Contains(r.err, "spiral") {
		t.Errorf("an unknown class: exit code %d\n%s", r.code, r.err)
	}
}

func TestExplainRefusesWhatHasNoAnswer(t *testing.T) {
	dir, _ := goldenFiles(t, "lab")
	broad, _ := goldenFiles(t, "broad")
	squared, _ := goldenFiles(t, "squared")
	classes, _ := goldenFiles(t, "classes")
	for _, c := range []struct {
		dir  string
		args []string
		code int
		says string
	}{
		{dir, []string{"--row", "41"}, 2, "the file has 40 rows"},
		{dir, []string{"--row", "0"}, 2, "counted from 1"},
		{dir, []string{"--row", "1", "--out", "x.csv"}, 2, "exclude"},
		{dir, []string{"--class", "1"}, 2, "several classes"},
		{classes, []string{"--class", "3"}, 2, "classes 0 to 2"},
		{classes, []string{"--class", "-1"}, 2, "counted from 0"},
		{squared, []string{"--probability"}, 2, "reg:squarederror"},
		{dir, []string{"--by", "shops"}, 2, "did you mean shop?"},
		{dir, []string{"--by", "f0"}, 0, "By f0"},
		{dir, []string{"--by", "shop", "--interactions"}, 2, "exclude"},
		{dir, []string{"--label", "shop"}, 1, "shop"},
		{dir, []string{"--label", "f2"}, 1, "f2, the label"},
		{classes, []string{"--label", "f0"}, 1, "f0"},
		{broad, []string{"--interactions"}, 1, "pairs"},
	} {
		r := willbuy(t, c.dir, append([]string{"explain", "--model", "model.json", "--data", "rows.csv"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("explain %v: exit code %d, want %d and %q:\n%s", c.args, r.code, c.code, c.says, r.err)
		}
	}
}
