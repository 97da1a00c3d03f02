package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline/gbtree"
)

// TestEveryDataSetGivesAModelOrASentence covers the ends of what a data set can
// be: each case gives the right model, or an error that names the column.
func TestEveryDataSetGivesAModelOrASentence(t *testing.T) {
	wide, wideRow := []string{"y"}, []string{"1"}
	for f := range 300 {
		wide, wideRow = append(wide, fmt.Sprintf("f%d", f)), append(wideRow, fmt.Sprint(f%7))
	}
	logistic := []string{"--param", "objective=binary:logistic"}
	softprob := []string{"--param", "objective=multi:softprob", "--param", "num_class=3"}
	for _, c := range []struct {
		name     string
		csv      string
		features string
		more     []string
		says     string  // of an error, or
		trees    int     // of a model with
		base     float32 // this base_score
	}{
		{name: "one row", csv: "a,y\n1,3\n", features: "a", trees: 2, base: 3},
		{name: "one class", csv: "a,y\n1,1\n2,1\n", features: "a", more: logistic, trees: 2, base: 1},
		{name: "one feature of one value", csv: "a,y\n1,0\n1,1\n", features: "a", more: logistic, trees: 2, base: .5},
		{name: "zero rows", csv: "a,y\n", features: "a", says: "d.csv has no rows to train on"},
		{name: "300 features", csv: strings.Join(wide, ",") + strings.Repeat("\n"+strings.Join(wideRow, ","), 3) + "\n", features: strings.Join(wide[1:], ","), trees: 2, base: 1},
		{name: "a feature all missing", csv: "a,b,y\n,1,0\n,2,1\n", features: "a,b", trees: 2, base: .5},
		{name: "only a feature all missing", csv: "a,y\n,0\n,1\n", features: "a", trees: 2, base: .5},
		{name: "labels outside 0 and 1", csv: "a,y\n1,2\n2,0\n", features: "a", more: logistic, says: "column y: "},
		{name: "a class beyond num_class", csv: "a,y\n1,3\n2,0\n", features: "a", more: softprob, says: "column y: "},
		{name: "half a class", csv: "a,y\n1,0.5\n2,0\n", features: "a", more: softprob, says: "column y: "},
		{name: "three classes", csv: "a,y\n1,0\n2,1\n3,2\n", features: "a", more: softprob, trees: 6},
		{name: "two columns of one name", csv: "a,a,y\n1,2,0\n2,3,1\n", features: "a", says: "2 columns have the name a"},
		{name: "two columns of one name, another asked", csv: "a,a,b,y\n1,2,0,0\n2,3,1,1\n", features: "b", trees: 2, base: .5},
		{name: "the label among the features", csv: "a,y\n1,0\n", features: "a,Y", says: "the label y stands among the features"},
		{name: "negative weights", csv: "a,w,y\n1,-2,0\n2,1,1\n", features: "a", more: []string{"--weight", "w"}, says: "column w, the weight: -2 is negative"},
		{name: "empty weights", csv: "a,w,y\n1,,0\n2,1,1\n", features: "a", more: []string{"--weight", "w"}, says: "column w, the weight, is empty"},
		{name: "no weight at all", csv: "a,w,y\n1,0,0\n2,0,1\n", features: "a", more: []string{"--weight", "w"}, says: "weight 0"},
		{name: "NaN labels", csv: "a,y\n1,nan\n2,1\n", features: "a", says: "column y, the label, is empty"},
		{name: "infinite labels", csv: "a,y\n1,-inf\n2,1\n", features: "a", says: "column y: -inf in row 1 is infinite as float32"},
		{name: "infinite values", csv: "a,y\n1,0\ninf,1\n", features: "a", says: "column a: inf in row 2 is infinite as float32"},
		{name: "values beyond float32", csv: "a,y\n1,0\n-1e39,1\n", features: "a", says: "column a: -1e39 in row 2 is infinite as float32"},
		{name: "NaN values are missing", csv: "a,b,y\nnan,1,0\n1,,1\n", features: "a,b", trees: 2, base: .5},
		{name: "truth values", csv: "a,y\ntrue,0\nfalse,1\n", features: "a", trees: 2, base: .5},
		{name: "labels that are truth values", csv: "a,y\n1,TRUE\n2,FALSE\n3,TRUE\n4,TRUE\n", features: "a", trees: 2, base: .75},
		{name: "labels and features that are texts", csv: "a,b,y\nx,1,true\ny,,false\n", features: "a,b", trees: 2, base: .5},
		{name: "labels that are texts", csv: "a,y\n1,setosa\n2,virginica\n", features: "a", says: "A label is a number"},
		{name: "labels that are dates", csv: "a,y\n1,2026-01-01\n2,2026-01-02\n", features: "a", says: "column y holds dates, not numbers"},
		{name: "decimal commas", csv: "a;y\n2,5;0\n10,5;1\n", features: "a", says: `column a holds text: "2,5" in row 1`},
		{name: "thousands apart", csv: "a,b,y\nx,\"1,100\",0\ny,\"1,200\",1\n", features: "a,b", says: "Write it with a point and nothing else"},
		{name: "a currency", csv: "a,y\n€3,0\n€4,1\n", features: "a", says: "Write it with a point and nothing else"},
		{name: "sizes, which are texts", csv: "a,y\n10 days,0\n1.2.3,1\n", features: "a", trees: 2, base: .5},
		{name: "lines of other lengths", csv: "a,b,y\n1,2,3\n1,2\n1,2,3,4\n", features: "a", says: "line 3 has 2 fields, and the first line 3"},
		{name: "too many constraints", csv: "a,y\n1,0\n2,1\n", features: "a", more: []string{"--param", "monotone_constraints=(1,0)"}, says: "2 directions for 1 features"},
		{name: "names in other case", csv: "a,A,y\n1,2,0\n2,3,1\n", features: "a", says: "the columns a and A differ in case alone"},
		{name: "numbers and texts", csv: "a,y\n1,0\nmany,1\n", features: "a", says: `column a holds text: "many" in row 2`},
		{name: "dates", csv: "a,y\n2026-01-01,0\n2026-01-02,1\n", features: "a", says: "days since a date"},
		{name: "an id", csv: "a,y\n" + ids(5000), features: "a", says: "column a holds more than 4096 different texts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte(c.csv), 0o644); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"train", "--data", "d.csv", "--features", c.features, "--label", "y", "--rounds", "2", "--param", "min_child_weight=0", "--out", "m.json"}, c.more...)
			r := willbuy(t, dir, args...)
			if c.says != "" {
				if r.code == 0 || !strings.Contains(r.err, c.says) {
					t.Errorf("exit code %d, want an error that says %q:\n%s", r.code, c.says, r.err)
				}
				return
			}
			r.must(t)
			m := modelOf(t, filepath.Join(dir, "m.json"))
			if len(m.Trees) != c.trees || c.base != 0 && m.BaseScore[0] != c.base {
				t.Errorf("%d trees with the base score %v, want %d and %v", len(m.Trees), m.BaseScore, c.trees, c.base)
			}
		})
	}
}

func ids(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "customer-%d,%d\n", i, i%2)
	}
	return b.String()
}

func modelOf(t *testing.T, path string) *gbtree.Model {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := gbtree.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTextsTravelWithTheModel: a feature of texts is encoded in the order of its
// bytes, and what the model learned of it goes into its file.
func TestTextsTravelWithTheModel(t *testing.T) {
	dir := t.TempDir()
	table := [][]string{{"layout", "load", "y"}}
	coded := [][]string{{"layout", "load", "y"}}
	for i := range 400 {
		layouts := []string{"grid", "List", "carousel"} // in bytes: List, carousel, grid
		codes := []string{"2", "0", "1"}
		y := fmt.Sprint((i%3*i + i/7) % 2)
		table = append(table, []string{layouts[i%3], fmt.Sprint(i % 10), y})
		coded = append(coded, []string{codes[i%3], fmt.Sprint(i % 10), y})
	}
	writeCSVFile(t, filepath.Join(dir, "t.csv"), table)
	writeCSVFile(t, filepath.Join(dir, "c.csv"), coded)
	train := func(data string, more ...string) result {
		t.Helper()
		return willbuy(t, dir, append([]string{"train", "--data", data, "--features", "layout,load", "--label", "y", "--rounds", "3", "--param", "min_child_weight=1", "--out", data + ".json"}, more...)...).must(t)
	}
	r := train("t.csv")
	contains(t, r.err, "column layout holds text: its 3 values have the codes 0 to 2")
	train("c.csv")
	texts, codes := modelOf(t, filepath.Join(dir, "t.csv.json")), modelOf(t, filepath.Join(dir, "c.csv.json"))
	if a, b := fmt.Sprint(texts.Trees), fmt.Sprint(codes.Trees); a != b {
		t.Errorf("texts give the trees\n%s\ncodes give\n%s", a, b)
	}
	var encoder struct{ Classes []string }
	if err := json.Unmarshal([]byte(texts.Attributes["encoder.layout"]), &encoder); err != nil || fmt.Sprint(encoder.Classes) != "[List carousel grid]" {
		t.Errorf("the encoder is %q (%v)", texts.Attributes["encoder.layout"], err)
	}
	// Another file is read with the same codes, and a text it does not know is
	// answered with the nearest.
	writeCSVFile(t, filepath.Join(dir, "v.csv"), [][]string{{"load", "layout", "y"}, {"1", "grid", "0"}, {"2", "grid", "1"}})
	train("t.csv", "--valid", "v.csv")
	writeCSVFile(t, filepath.Join(dir, "v.csv"), [][]string{{"load", "layout", "y"}, {"1", "grid", "0"}, {"2", "gridd", "1"}})
	if r := willbuy(t, dir, "train", "--data", "t.csv", "--features", "layout,load", "--label", "y", "--valid", "v.csv", "--out", "m.json"); r.code != 1 || !strings.Contains(r.err, `the nearest is "grid"`) {
		t.Errorf("exit code %d:\n%s", r.code, r.err)
	}
}

// TestTrainingGoesOnFromAModel: three rounds and then three more are the six
// rounds of one training.
func TestTrainingGoesOnFromAModel(t *testing.T) {
	dir, _ := shop(t, 600)
	train := func(out string, more ...string) *gbtree.Model {
		t.Helper()
		willbuy(t, dir, append([]string{"train", "--data", "shop.csv", "--label", "bought", "--param", "max_depth=3", "--out", out, "--quiet"}, more...)...).must(t)
		return modelOf(t, filepath.Join(dir, out))
	}
	whole := train("six.json", "--features", "load,rating,layout", "--rounds", "6")
	train("three.ubj", "--features", "load,rating,layout", "--rounds", "3")
	more := train("more.json", "--from", "three.ubj", "--rounds", "3")
	if a, b := fmt.Sprint(whole.Trees), fmt.Sprint(more.Trees); a != b {
		t.Errorf("at once\n%s\ngoing on\n%s", a, b)
	}
	if r := willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,w", "--label", "bought", "--from", "three.ubj", "--out", "m.json"); r.code != 2 || !strings.Contains(r.err, "the feature w is none of the model") {
		t.Errorf("exit code %d:\n%s", r.code, r.err)
	}
}

// TestSeveralSetsAreWatched: each --valid has its curve, and the last decides.
func TestSeveralSetsAreWatched(t *testing.T) {
	dir, _ := shop(t, 600)
	r := willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--rounds", "2",
		"--valid", "0.2", "--valid", "shop.csv", "--valid", "fold=1", "--out", "m.json", "--json").must(t)
	round := r.objects(t)[0]["rounds"].([]any)[0].(map[string]any)
	others := round["others"].(map[string]any)
	if len(others) != 2 || others["0.2"] == nil || others["shop.csv"] == nil || round["validation"] == nil {
		t.Errorf("the first round is %v", round)
	}
	contains(t, r.err, "  0.2 rmse", "  shop.csv rmse", "  validation rmse")
}

// TestCompatChoosesTheRelease: of more than 256 distinct values the releases take
// different cuts.
func TestCompatChoosesTheRelease(t *testing.T) {
	dir := t.TempDir()
	table := [][]string{{"x", "y"}}
	for i := range 3000 {
		table = append(table, []string{fmt.Sprint(i * i % 1009), fmt.Sprint(i * i % 1009 % 7)})
	}
	writeCSVFile(t, filepath.Join(dir, "d.csv"), table)
	trees := map[string]string{}
	for _, release := range []string{"3.4", "3.2"} {
		willbuy(t, dir, "train", "--data", "d.csv", "--features", "x", "--label", "y", "--rounds", "2", "--compat", release, "--out", "m.json", "--quiet").must(t)
		trees[release] = fmt.Sprint(modelOf(t, filepath.Join(dir, "m.json")).Trees)
	}
	if trees["3.4"] == trees["3.2"] {
		t.Error("both releases give the same trees")
	}
}
