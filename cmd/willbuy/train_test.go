package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// shop writes a table whose label follows two features, with holes.
func shop(t *testing.T, rows int) (dir string, table [][]string) {
	t.Helper()
	dir = t.TempDir()
	table = append(table, []string{"Id", "load", "rating", "layout", "bought", "w", "fold"})
	for i := range rows {
		load, rating := float64(i*37%100)/10, i*13%5+1
		bought := 0
		if (i*7919)%100 < 20+10*rating-int(2*load) {
			bought = 1
		}
		text := strconv.FormatFloat(load, 'g', -1, 64)
		if i%50 == 0 {
			text = ""
		}
		table = append(table, []string{"c" + strconv.Itoa(i), text, strconv.Itoa(rating), "grid", strconv.Itoa(bought), strconv.Itoa(1 + i%2), strconv.Itoa(i % 5)})
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	return dir, table
}

func writeCSVFile(t *testing.T, path string, table [][]string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := csv.NewWriter(file).WriteAll(table); err != nil {
		t.Fatal(err)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTrainPredictAndExplainAgreeOnAFile(t *testing.T) {
	dir, table := shop(t, 2000)
	r := willbuy(t, dir, "train", "--data", "shop.csv", "--features", "LOAD,rating", "--label", "bought", "--id", "ID", "--valid", "0.2",
		"--param", "objective=binary:logistic", "--param", "max_depth=3", "--rounds", "12", "--out", "m.json", "--json").must(t)
	o := r.objects(t)[0]
	rounds := o["rounds"].([]any)
	if len(rounds) != 12 || o["best_round"] != 11.0 && o["best_round"].(float64) > 11 {
		t.Errorf("train --json: %v", o)
	}
	first := rounds[0].(map[string]any)
	if first["train"].(map[string]any)["logloss"] == nil || first["validation"].(map[string]any)["logloss"] == nil {
		t.Errorf("the first round is %v", first)
	}
	if n := o["rows"].(float64); n < 1500 || n > 1700 {
		t.Errorf("%v rows of 2000 to train on, with a fifth kept apart", n)
	}
	contains(t, r.err, "[0]  train", "[11]  train")

	willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--out", "p.csv").must(t)
	predictions := readCSV(t, filepath.Join(dir, "p.csv"))
	if len(predictions) != len(table) || strings.Join(predictions[0], ",") != "margin,prediction" {
		t.Fatalf("%d lines, header %v", len(predictions), predictions[0])
	}
	willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--out", "s.csv").must(t)
	contributions := readCSV(t, filepath.Join(dir, "s.csv"))
	if strings.Join(contributions[0], ",") != "load,rating,bias" {
		t.Fatalf("header %v", contributions[0])
	}
	for i, row := range contributions[1:] {
		sum := 0.0
		for _, field := range row {
			sum += number(t, field)
		}
		margin, prediction := number(t, predictions[i+1][0]), number(t, predictions[i+1][1])
		if math.Abs(sum-margin) > 1e-5 {
			t.Fatalf("row %d: contributions add up to %v, the margin is %v", i+1, sum, margin)
		}
		if p := 1 / (1 + math.Exp(-margin)); math.Abs(p-prediction) > 1e-6 {
			t.Fatalf("row %d: prediction %v for margin %v", i+1, prediction, margin)
		}
		if shortest := strconv.FormatFloat(prediction, 'g', -1, 32); shortest != predictions[i+1][1] {
			t.Fatalf("row %d: %s is not the shortest form of that float32", i+1, predictions[i+1][1])
		}
	}
	one := willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--row", "3", "--json").must(t).objects(t)[0]
	if math.Abs(one["margin"].(float64)-number(t, predictions[3][0])) > 1e-6 {
		t.Errorf("--row 3 explains %v, the third margin is %s", one, predictions[3][0])
	}
	contains(t, willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv", "--row", "3").must(t).out, "rating", "this row")
	contains(t, willbuy(t, dir, "explain", "--model", "m.json", "--data", "shop.csv").must(t).out, "rating", "MEAN_ABS")
	margins := willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--margin").must(t).out
	if second := strings.Split(strings.Split(margins, "\n")[1], ","); second[0] != second[1] {
		t.Errorf("--margin: %v", second)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestEveryKindOfFileGivesTheSameModel: csv, gzip, parquet and DuckDB hold the
// same rows.
func TestEveryKindOfFileGivesTheSameModel(t *testing.T) {
	dir, _ := shop(t, 500)
	plain, err := os.ReadFile(filepath.Join(dir, "shop.csv"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "shop.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(file)
	z.Write(plain)
	z.Close()
	file.Close()
	train := func(data string, more ...string) string {
		t.Helper()
		args := append([]string{"train", "--data", data, "--features", "load,rating", "--label", "bought", "--weight", "w", "--rounds", "5", "--valid", "fold=1", "--out", "m.json", "--json", "--quiet"}, more...)
		out := willbuy(t, dir, args...).must(t).out
		model, err := os.ReadFile(filepath.Join(dir, "m.json"))
		if err != nil {
			t.Fatal(err)
		}
		return out + string(model)
	}
	want := train("shop.csv")
	if got := train("shop.csv.gz"); got != want {
		t.Error("gzip gives another model")
	}
	convert(t, dir)
	for _, data := range [][]string{{"shop.parquet"}, {"shop.duckdb", "--table", "Shop"}} {
		if got := train(data[0], data[1:]...); got != want {
			t.Errorf("%s gives another model", data[0])
		}
	}
	if r := willbuy(t, dir, "train", "--data", "shop.duckdb", "--features", "load", "--label", "bought", "--out", "m.json"); r.code != 2 || !strings.Contains(r.err, "OTHER, SHOP") {
		t.Errorf("a file with two tables: exit code %d\n%s", r.code, r.err)
	}
}

func TestValidationRowsAreThoseOfTheHash(t *testing.T) {
	dir, table := shop(t, 1000)
	// The same rows, named by hand: SUBSTR(MD5(id || seed),1,8) < '33333333'.
	for i, row := range table {
		if i == 0 {
			table[i] = append(row, "chosen")
			continue
		}
		chosen := "0"
		if md5Hex(row[0] + "7")[:8] < "33333333" {
			chosen = "1"
		}
		table[i] = append(row, chosen)
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	train := func(valid ...string) string {
		t.Helper()
		args := append([]string{"train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--rounds", "3", "--out", "m.json", "--json", "--quiet"}, valid...)
		return willbuy(t, dir, args...).must(t).out
	}
	if a, b := train("--valid", "0.2", "--id", "id", "--param", "seed=7"), train("--valid", "chosen=1"); a != b {
		t.Errorf("by hash %s\nby hand %s", a, b)
	}
	// Without an id it is the row's number, from 1.
	for i := range table[1:] {
		table[i+1][0] = strconv.Itoa(i + 1)
	}
	byNumber := train("--valid", "0.2")
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	if byID := train("--valid", "0.2", "--id", "Id"); byID != byNumber {
		t.Errorf("by number %s\nby the same ids %s", byNumber, byID)
	}
}

func TestTrainRefusesWhatMakesNoModel(t *testing.T) {
	dir, _ := shop(t, 20)
	if err := os.WriteFile(filepath.Join(dir, "bad.csv"), []byte("a,b,y,w\n1,x,0,\n2,3,,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "none.csv"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--data", "shop.csv", "--features", "load,raiting", "--label", "bought", "--out", "m.json"}, 2, "did you mean rating?"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "layout", "--out", "m.json"}, 1, "column layout holds text"},
		{[]string{"--data", "shop.csv", "--features", "load,load", "--label", "bought", "--out", "m.json"}, 2, "named twice"},
		{[]string{"--data", "shop.csv", "--features", "load,bought", "--label", "bought", "--out", "m.json"}, 2, "among the features"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.bin"}, 2, ".json"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--param", "etta=1"}, 2, "eta"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--param", "rate_drop=0.5"}, 2, "not supported"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--valid", "2"}, 2, "between 0 and 1"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--valid", "0.2", "--valid", "0.1"}, 2, "one share"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--valid", "fold=1", "--valid", "fold=1"}, 2, "given twice"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--compat", "1.7"}, 2, "3.4, 3.2"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--from", "none.json"}, 1, "no such file"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--valid", "nowhere.csv"}, 2, "neither"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--valid", "fold=9"}, 1, "keeps no rows apart"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "m.json", "--early-stopping", "3"}, 2, "--valid"},
		{[]string{"--data", "shop.csv", "--features", "load", "--label", "bought", "--out", "nowhere/m.json"}, 1, "nowhere/m.json"},
		{[]string{"--data", "bad.csv", "--features", "b", "--label", "a", "--out", "m.json"}, 1, `"x" in row 1`},
		{[]string{"--data", "bad.csv", "--features", "a", "--label", "y", "--out", "m.json"}, 1, "column y, the label, is empty"},
		{[]string{"--data", "bad.csv", "--features", "a", "--label", "a", "--weight", "w", "--out", "m.json"}, 2, "among the features"},
		{[]string{"--data", "bad.csv", "--features", "y", "--label", "a", "--weight", "w", "--out", "m.json"}, 1, "column w, the weight, is empty"},
		{[]string{"--data", "none.csv", "--features", "a", "--label", "y", "--out", "m.json"}, 1, "the file is empty"},
		{[]string{"--data", ".", "--features", "a", "--label", "y", "--out", "m.json"}, 1, "directory"},
		{[]string{"--data", "nowhere.csv", "--features", "a", "--label", "y", "--out", "m.json"}, 1, "no such file"},
	} {
		r := willbuy(t, dir, append([]string{"train"}, c.args...)...)
		if strings.Contains(r.err, "[0]  ") {
			t.Errorf("train %v: refused only after the training", c.args)
		}
		if r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("train %v: exit code %d, want %d and %q:\n%s", c.args, r.code, c.code, c.says, r.err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "m.json")); err == nil {
		t.Error("a model was written")
	}
}

func TestRegisteredModelPredictsOnAFile(t *testing.T) {
	dir := t.TempDir()
	data := willbuy(t, lab(t), "sql", "--csv", "SELECT * FROM ENCODED_DATA ORDER BY UUID").must(t).out
	if err := os.WriteFile(filepath.Join(dir, "encoded.csv"), []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, lab(t), "predict", "--model", "deployed_xgb@production", "--data", filepath.Join(dir, "encoded.csv")).must(t)
	want := willbuy(t, lab(t), "sql", "--csv", "SELECT PREDICTION FROM PREDICTIONS ORDER BY UUID").must(t)
	got, recorded := strings.Split(strings.TrimSpace(r.out), "\n"), strings.Split(strings.TrimSpace(want.out), "\n")
	if len(got) != len(recorded) {
		t.Fatalf("%d predictions, %d recorded", len(got), len(recorded))
	}
	for i := range got[1:] {
		_, prediction, _ := strings.Cut(got[i+1], ",")
		if a, b := number(t, prediction), number(t, recorded[i+1]); math.Abs(a-b) > 1e-6 {
			t.Fatalf("row %d: %v, the lab recorded %v", i+1, a, b)
		}
	}
}

func TestExportedModelComesBackAsTheNextVersion(t *testing.T) {
	dir := ownLab(t)
	willbuy(t, dir, "model", "export", "production", "m.zip").must(t)
	contains(t, willbuy(t, dir, "model", "import", "m.zip").must(t).out, "V2")
	willbuy(t, dir, "model", "tag", "2", "reviewed=yes").must(t)
	willbuy(t, dir, "model", "alias", "challenger", "V2").must(t)
	var v struct {
		Tags    map[string]string
		Aliases []string
	}
	if err := json.Unmarshal([]byte(willbuy(t, dir, "model", "show", "challenger", "--json").must(t).out), &v); err != nil {
		t.Fatal(err)
	}
	if v.Tags["reviewed"] != "yes" || len(v.Aliases) != 1 || v.Aliases[0] != "challenger" {
		t.Errorf("V2 is %+v", v)
	}
	if r := willbuy(t, dir, "model", "rm", "V2"); r.code != 1 {
		t.Errorf("a version with an alias is removed: exit code %d", r.code)
	}
	willbuy(t, dir, "model", "alias", "challenger", "-").must(t)
	willbuy(t, dir, "model", "rm", "V2").must(t)
}
