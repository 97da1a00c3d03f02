package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// trainedShop is the shop of train_test.go with a model, and a code for each
// layout beside its name.
func trainedShop(t *testing.T, params ...string) (dir string, table [][]string) {
	t.Helper()
	dir, table = shop(t, 600)
	layouts := []string{"grid", "list", "single"}
	table[0] = append(table[0], "layout_OUT")
	for i, row := range table[1:] {
		code := i % len(layouts)
		row[3] = layouts[code]
		table[i+1] = append(row, strconv.Itoa(code))
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	args := []string{"train", "--data", "shop.csv", "--features", "load,rating,layout_OUT", "--label", "bought", "--rounds", "6", "--out", "m.json", "--quiet"}
	for _, p := range params {
		args = append(args, "--param", p)
	}
	willbuy(t, dir, args...).must(t)
	return dir, table
}

// purchasesOf are the predictions of a table, between 0 and 1.
func purchasesOf(t *testing.T, dir string, table [][]string) []float64 {
	t.Helper()
	writeCSVFile(t, filepath.Join(dir, "changed.csv"), table)
	willbuy(t, dir, "predict", "--model", "m.json", "--data", "changed.csv", "--out", "p.csv").must(t)
	var out []float64
	for _, row := range readCSV(t, filepath.Join(dir, "p.csv"))[1:] {
		p, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, min(1, max(0, p)))
	}
	return out
}

// words are a text without its line breaks.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestAScenarioIsWhatPredictSaysOfTheChangedFile(t *testing.T) {
	dir, table := trainedShop(t)
	before := purchasesOf(t, dir, table)
	change, customers := 0.0, 0
	changed := [][]string{table[0]}
	for _, row := range table[1:] {
		next := append([]string(nil), row...)
		if row[1] != "" {
			load, _ := strconv.ParseFloat(row[1], 64)
			next[1] = strconv.FormatFloat(min(load, 2), 'g', -1, 64)
		}
		next[7] = "2"
		changed = append(changed, next)
	}
	after := purchasesOf(t, dir, changed)
	for i, row := range table[1:] {
		if load, err := strconv.ParseFloat(row[1], 64); err == nil && load > 6 {
			change += after[i] - before[i]
			customers++
		}
	}
	o := willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--where", "load > 6",
		"--set", "LOAD<=2", "--set", "layout_OUT=single", "--json").must(t).objects(t)[0]
	if got := o["change"].(float64); math.Abs(got-change) > 1e-4 || o["customers"].(float64) != float64(customers) {
		t.Errorf("%v, want the change %g of %d customers", o, change, customers)
	}
	contains(t, o["caveat"].(string), "only a test in the shop")
	contains(t, o["no_interval"].(string), "it takes the labels")
}

func TestIntervalsComeWithLabels(t *testing.T) {
	dir, _ := trainedShop(t)
	ask := []string{"whatif", "--model", "m.json", "--data", "shop.csv", "--set", "rating>=4"}
	contains(t, words(willbuy(t, dir, ask...).must(t).out), "All 600 customers", "no interval", "(--label)", "only a test in the shop")

	ask = append(ask, "--label", "bought", "--refits", "8")
	r := willbuy(t, dir, ask...).must(t)
	contains(t, words(r.out), "Nine in ten of 8 models")
	if strings.Contains(r.err, "--param") {
		t.Errorf("a model of XGBoost's own parameters is not found again: %s", r.err)
	}
	one, two := willbuy(t, dir, append(ask, "--json")...).must(t), willbuy(t, dir, append(ask, "--json")...).must(t)
	if one.out != two.out {
		t.Error("the same question has two answers")
	}
	in := one.objects(t)[0]["interval"].(map[string]any)
	if !(in["low"].(float64) < in["high"].(float64)) {
		t.Errorf("the interval is %v", in)
	}
	contains(t, willbuy(t, dir, append(ask, "--param", "eta=0.01")...).must(t).err, "give the parameters that it was trained with by --param")
}

func TestLeversNameClassesAndKinds(t *testing.T) {
	dir, _ := trainedShop(t)
	r := willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--movable", "load=technical,rating=product,layout_OUT").must(t)
	contains(t, words(r.out), "load at most 2.5", "rating at least 5", "technical", "product", "layout_OUT", "improvement promises more", "cannot be told without the labels")
	o := willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--movable", "load", "--json").must(t).objects(t)[0]
	if levers := o["levers"].([]any); len(levers) != 1 || o["answer"] != nil {
		t.Errorf("with one feature movable: %v", o)
	}
}

func TestAFlipIsTrue(t *testing.T) {
	dir, table := trainedShop(t, "max_depth=3")
	for _, row := range []int{2, 3, 51, 102} { // the 51st has no load
		o := willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--flip", "--row", strconv.Itoa(row), "--json").must(t).objects(t)[0]
		changed := append([]string(nil), table[row]...)
		for _, step := range o["steps"].([]any) {
			step := step.(map[string]any)
			at := map[string]int{"load": 1, "rating": 2, "layout_OUT": 7}[step["feature"].(string)]
			changed[at] = strconv.FormatFloat(step["to"].(float64), 'g', -1, 64)
			if from := step["from"]; (from == nil) != (table[row][at] == "") {
				t.Errorf("row %d: %s was %v, the file has %q", row, step["feature"], from, table[row][at])
			}
		}
		p := purchasesOf(t, dir, [][]string{table[0], table[row], changed})
		if o["proven"] != true || len(o["steps"].([]any)) == 0 || p[0] > 0.5 == (p[1] > 0.5) {
			t.Errorf("row %d: from %g to %g by %v", row, p[0], p[1], o)
		}
	}
	contains(t, words(willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--flip", "--row", "2", "--threshold", "1").must(t).out),
		"a no", "Nothing makes it a yes", "ruled out")
}

func TestACurveIsDrawn(t *testing.T) {
	dir, _ := trainedShop(t)
	contains(t, words(willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--curve", "load").must(t).out), "by load", "mean", "high", "low", "most buy at")
	contains(t, willbuy(t, dir, "whatif", "--model", "m.json", "--data", "shop.csv", "--curve", "layout_OUT").must(t).out, "grid", "list", "single", "█")
}

func TestWhatIfRefusesInSentences(t *testing.T) {
	dir, _ := trainedShop(t)
	for args, says := range map[string]string{
		"--row 0":                         "rows are counted from 1",
		"--row 99999":                     "the file has 600 rows",
		"--row 1 --where load>1":          "exclude each other",
		"--flip":                          "--row N",
		"--set load=1 --curve load":       "one at a time",
		"--set lod=1":                     "the nearest is load",
		"--set layout_OUT=gird":           `the nearest is "grid"`,
		"--curve lod":                     "the nearest is load",
		"--movable load=cheap":            "technical or product",
		"--where nope=1":                  "nope",
		"--where load>1);SELECT(1":        "several statements",
		"--where load>1e9":                "no such customer",
		"--label fold":                    "purchases are 0 or 1",
		"--label load":                    "among the features",
		"--label bought --param x=1":      "parameter \"x\" is unknown",
		"--label bought --refits 1":       "two models at least",
		"--threshold 2 --flip --row 1":    "between 0 and 1",
		"--truth shop.csv --set load=1":   "read the truth shop.csv",
		"--top 5":                         "there is no flag --top",
		"--set load=1 --set load==1":      "a number is expected",
		"--set load+=fast --where rating": "a number is expected",
	} {
		r := willbuy(t, dir, append([]string{"whatif", "--model", "m.json", "--data", "shop.csv"}, strings.Fields(args)...)...)
		if r.code == 0 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d, %s; want %q", args, r.code, r.err, says)
		}
	}
}

func TestTheListOfLikelyBuyersIsRankedAndExplained(t *testing.T) {
	dir, table := trainedShop(t)
	all := purchasesOf(t, dir, table)
	r := willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--top", "40", "--why", "--id", "ID", "--where", "rating < 4", "--label", "bought", "--json").must(t)
	objects := r.objects(t)
	if len(objects) != 41 {
		t.Fatalf("%d objects, want 40 customers and the worth", len(objects))
	}
	worst, listed := 2.0, map[int]bool{}
	for i, o := range objects[:40] {
		row := int(o["row"].(float64))
		p := o["prediction"].(float64)
		if o["rank"].(float64) != float64(i+1) || table[row][0] != o["id"] || math.Abs(min(1, p)-all[row-1]) > 1e-6 || p > worst {
			t.Errorf("place %d: %v, row %v has %g", i+1, o, table[row], all[row-1])
		}
		if rating := table[row][2]; rating >= "4" {
			t.Errorf("row %d has the rating %s", row, rating)
		}
		if n := len(o["reasons"].([]any)); n == 0 || n > 3 || o["calibrated"] != true {
			t.Errorf("place %d: %d reasons, calibrated: %v", i+1, n, o["calibrated"])
		}
		worst, listed[row] = p, true
	}
	for i, row := range table[1:] {
		if row[2] < "4" && !listed[i+1] && all[i] > min(1, worst)+1e-6 {
			t.Errorf("row %d with %g is not on a list that ends with %g", i+1, all[i], worst)
		}
	}
	worth := objects[40]["worth"].(map[string]any)
	if worth["first"].(float64) != 40 || worth["times"].(float64) < 1 {
		t.Errorf("the list is worth %v", worth)
	}

	willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--top", "7", "--why", "--out", "list.csv").must(t)
	file, err := os.ReadFile(filepath.Join(dir, "list.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil || len(lines) != 8 || strings.Join(lines[0], ",") != "rank,row,id,probability,prediction,reason_1,reason_2,reason_3,would_help,would_add" {
		t.Errorf("%v (%v)", lines, err)
	}
	contains(t, words(willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--top", "3", "--why").must(t).out), "row ", "buys with", "told only where it is known who bought", "only a test in the shop")
	contains(t, words(willbuy(t, dir, "predict", "--model", "m.json", "--data", "shop.csv", "--top", "3", "--label", "bought").must(t).out), "RANK", "calibrated", "The first 3 of 600 customers hold")
	for args, says := range map[string]string{
		"--why": "--top N", "--top 0": "one customer at least", "--top 2 --margin": "leave out --top", "--top 2 --movable load": "add --why",
		"--top 2 --id nope": "no column", "--top 2 --where FALSE": "no such customer",
	} {
		r := willbuy(t, dir, append([]string{"predict", "--model", "m.json", "--data", "shop.csv"}, strings.Fields(args)...)...)
		if r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d, %s; want %q", args, r.code, r.err, says)
		}
	}
}
