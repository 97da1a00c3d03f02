package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// fileKinds writes a csv file also as parquet and as a DuckDB file.
func fileKinds(t *testing.T, dir, name, text string) (files []string) {
	t.Helper()
	csv := filepath.Join(dir, name+".csv")
	if err := os.WriteFile(csv, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", filepath.Join(dir, name+".duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TABLE D AS SELECT * FROM read_csv('" + csv + "', header = true)",
		"COPY D TO '" + filepath.Join(dir, name+".parquet") + "' (FORMAT parquet)",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return []string{name + ".csv", name + ".parquet", name + ".duckdb"}
}

// logisticModel trains m.json on rows of the features a and b.
func logisticModel(t *testing.T, dir string) {
	t.Helper()
	text := "a,b,y\n" + strings.Repeat("1,2,0\n2,2,1\n3,1,0\n4,1,1\n5,1,1\n", 8)
	if err := os.WriteFile(filepath.Join(dir, "good.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	willbuy(t, dir, "train", "--data", "good.csv", "--features", "a,b", "--label", "y", "--param", "objective=binary:logistic", "--rounds", "2", "--out", "m.json", "--quiet").must(t)
}

// askedOf are commands on a file, of a model of the features a and b.
func askedOf(file string) [][]string {
	return [][]string{
		{"predict", "--model", "m.json", "--data", file},
		{"predict", "--model", "m.json", "--data", file, "--top", "2", "--why", "--label", "y"},
		{"explain", "--model", "m.json", "--data", file, "--label", "y"},
		{"explain", "--model", "m.json", "--data", file, "--row", "1"},
		{"whatif", "--model", "m.json", "--data", file},
		{"compare", "--model", "m.json", "--model", "m.json", "--data", file, "--label", "y"},
		{"tune", "--data", file, "--features", "a,b", "--label", "y", "--param", "objective=binary:logistic", "--search", "eta=0.1,0.3", "--rounds", "2", "--folds", "2"},
	}
}

func TestOddRowsAreAnsweredFromEveryKindOfFile(t *testing.T) {
	dir := t.TempDir()
	logisticModel(t, dir)
	for _, c := range []struct{ name, csv string }{
		{"one_class", "a,b,y\n" + strings.Repeat("1,2,1\n2,3,1\n", 9)},
		{"all_missing", "a,b,y\n" + strings.Repeat("1,,1\n2,,0\n", 9)},
	} {
		for _, file := range fileKinds(t, dir, c.name, c.csv) {
			for _, args := range askedOf(file) {
				if r := willbuy(t, dir, args...); r.code != 0 {
					t.Errorf("willbuy %v: exit code %d\n%s", args, r.code, r.err)
				}
			}
		}
	}
}

// TestRowsThatNothingCanBeSaidOf: for each command a sentence that names the file
// or the column; predict alone has an answer about no rows.
func TestRowsThatNothingCanBeSaidOf(t *testing.T) {
	dir := t.TempDir()
	logisticModel(t, dir)
	for _, c := range []struct {
		name, csv string
		says      []string // for each of askedOf; "" for an answer
	}{
		{"zero_rows", "a,b,y\n", []string{"", "zero_rows.csv has no rows", "zero_rows.csv has no rows to explain", "there is no row 1; the file has 0 rows",
			"zero_rows.csv has no rows", "zero_rows.csv has no rows to compare", "zero_rows.csv has no rows to train on"}},
		{"infinite", "a,b,y\n1,2,0\n-inf,1,1\n", []string{"column a: -Inf in row 2", "column a: -inf in row 2", "column a: -inf in row 2", "",
			"column a: -inf in row 2", "column a: -inf in row 2", "column a: -inf in row 2"}},
		{"twice", "a,a,b,y\n1,1,2,0\n2,2,1,1\n", []string{"2 columns have the name a", "2 columns have the name a", "2 columns have the name a", "2 columns have the name a",
			"2 columns have the name a", "2 columns have the name a", "2 columns have the name a"}},
		{"outside", "a,b,y\n" + strings.Repeat("1,1,2\n2,2,0\n3,2,0\n", 9), []string{"", "column y, the label, holds 2", "column y, the label, holds 2", "",
			"", "column y, the label, holds values outside 0 to 1", "column y: "}},
	} {
		if err := os.WriteFile(filepath.Join(dir, c.name+".csv"), []byte(c.csv), 0o644); err != nil {
			t.Fatal(err)
		}
		for i, args := range askedOf(c.name + ".csv") {
			r := willbuy(t, dir, args...)
			if (r.code == 0) != (c.says[i] == "") || !strings.Contains(r.err, c.says[i]) {
				t.Errorf("willbuy %v: exit code %d, want %q\n%s", args, r.code, c.says[i], r.err)
			}
		}
	}
}

func TestInfiniteValuesLeaveNoExplanations(t *testing.T) {
	dir := t.TempDir()
	logisticModel(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte("a,b\n1,2\n1,inf\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{{"--row", "2"}, {"--out", "s.csv"}, {"--interactions"}} {
		r := willbuy(t, dir, append([]string{"explain", "--model", "m.json", "--data", "d.csv"}, more...)...)
		if r.code != 1 || !strings.Contains(strings.ToLower(r.err), "column b: +inf in row 2") && !strings.Contains(r.err, "column b: inf in row 2") {
			t.Errorf("explain %v: exit code %d\n%s", more, r.code, r.err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "s.csv")); err == nil {
		t.Error("s.csv was written")
	}
}

func TestOneWordAmongNumbersAndOneNumberAmongWords(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ csv, says string }{
		{"s,y\nred,0\ngreen,1\nnan,1\n", `column s holds text: "red" in row 1, and a number: "nan" in row 3`},
		{"s,y\nS,0\nM,1\n38,1\n", `column s holds text: "S" in row 1, and a number: "38" in row 3`},
	} {
		if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte(c.csv), 0o644); err != nil {
			t.Fatal(err)
		}
		r := willbuy(t, dir, "train", "--data", "d.csv", "--features", "s", "--label", "y", "--out", "m.json")
		if r.code != 1 || !strings.Contains(r.err, c.says) {
			t.Errorf("exit code %d, want %s:\n%s", r.code, c.says, r.err)
		}
	}
}

func TestModelsThatDoNotTellWhoBuysAreNamed(t *testing.T) {
	dir := t.TempDir()
	classesCSV(t, filepath.Join(dir, "c.csv"))
	willbuy(t, dir, "train", "--data", "c.csv", "--features", "a,b", "--label", "y", "--rounds", "1", "--param", "objective=multi:softprob", "--param", "num_class=3", "--out", "m.json", "--quiet").must(t)
	for _, args := range [][]string{{"predict", "--top", "3"}, {"whatif"}} {
		r := willbuy(t, dir, append(args, "--model", "m.json", "--data", "c.csv")...)
		if r.code != 2 || strings.Contains(r.err, "what-if") {
			t.Errorf("willbuy %v: exit code %d\n%s", args, r.code, r.err)
		}
		contains(t, r.err, "m.json is a model of multi:softprob with 3 outputs", "willbuy predict --model m.json --data c.csv")
	}
}

func TestTextsAreOnlySet(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte("s,y\n"+strings.Repeat("red,0\nblue,1\n", 9)), 0o644); err != nil {
		t.Fatal(err)
	}
	willbuy(t, dir, "train", "--data", "d.csv", "--features", "s", "--label", "y", "--rounds", "1", "--out", "m.json", "--quiet").must(t)
	for set, says := range map[string]string{
		"s+=1": "s holds texts, which can only be set, as in s=blue", "s>=1": "can only be set", "s=7": `s has no value "7"`, "s=rad": `the nearest is "red"`,
	} {
		if r := willbuy(t, dir, "whatif", "--model", "m.json", "--data", "d.csv", "--set", set); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("--set %s: exit code %d\n%s", set, r.code, r.err)
		}
	}
	contains(t, willbuy(t, dir, "whatif", "--model", "m.json", "--data", "d.csv", "--set", "s=Blue").must(t).out, "What if: s = blue?")
}

func TestColumnsThatAreTakenByPositionAreTold(t *testing.T) {
	dir := t.TempDir()
	logisticModel(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "m.json"))
	if err != nil {
		t.Fatal(err)
	}
	nameless := strings.Replace(string(text), `"feature_names":["a","b"]`, `"feature_names":[]`, 1)
	if err := os.WriteFile(filepath.Join(dir, "n.json"), []byte(nameless), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "predict", "--model", "n.json", "--data", "good.csv").must(t)
	contains(t, r.err, "the features of n.json have no names", "a, b, y")
	if named := willbuy(t, dir, "predict", "--model", "m.json", "--data", "good.csv").must(t); named.out != r.out || strings.Contains(named.err, "no names") {
		t.Error("the named model differs")
	}
}

// TestOneClassKeepsItsBaseScore: XGBoost 3.2 and 3.4 write 1E0, which releases
// before 3.2 refuse; --portable writes what they read.
func TestOneClassKeepsItsBaseScore(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte("a,y\n1,1\n2,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	train := []string{"train", "--data", "d.csv", "--features", "a", "--label", "y", "--param", "objective=binary:logistic", "--rounds", "1", "--out"}
	contains(t, willbuy(t, dir, append(train, "m.json")...).must(t).err, "XGBoost before 3.2 refuses", "--portable m.json OTHER.json")
	willbuy(t, dir, append(train, "p.json", "--portable")...).must(t)
	if m := modelOf(t, filepath.Join(dir, "m.json")); m.BaseScore[0] != 1 {
		t.Errorf("the base score is %v, want 1", m.BaseScore)
	}
	if m := modelOf(t, filepath.Join(dir, "p.json")); m.BaseScore[0] != 1-float32(1e-6) {
		t.Errorf("the portable base score is %v, want 0.999999", m.BaseScore)
	}
	predict := func(model string) string {
		return willbuy(t, dir, "predict", "--model", model, "--data", "d.csv").must(t).out
	}
	if predict("m.json") != predict("p.json") {
		t.Error("the predictions differ")
	}
}
