package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// searching is a search on the shop's file, with more flags behind it.
func searching(t *testing.T, dir string, more ...string) result {
	t.Helper()
	return willbuy(t, dir, append([]string{"tune", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--id", "id",
		"--param", "objective=binary:logistic", "--rounds", "12", "--folds", "3"}, more...)...)
}

func TestTuneFindsASettingThatTrainRepeats(t *testing.T) {
	dir, _ := shop(t, 1500)
	// A child that needs more weight than there is leaves trees without splits.
	r := searching(t, dir, "--search", "min_child_weight=1,1000", "--search", "max_depth=3", "--metric", "auc", "--out", "best.json", "--json").must(t)
	o := r.objects(t)[0]
	runs := o["runs"].([]any)
	if o["metric"] != "auc" || o["higher"] != true || len(runs) != 2 {
		t.Fatalf("%v", o)
	}
	best, worst := runs[0].(map[string]any), runs[1].(map[string]any)
	if best["params"].(map[string]any)["min_child_weight"] != "1" || best["mean"].(float64) < 0.6 || worst["mean"].(float64) != 0.5 || len(best["folds"].([]any)) != 3 {
		t.Errorf("best %v, worst %v", best, worst)
	}
	willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--param", "objective=binary:logistic",
		"--param", "min_child_weight=1", "--param", "max_depth=3", "--rounds", numberText(best["rounds"]), "--out", "same.json").must(t)
	a, errA := os.ReadFile(filepath.Join(dir, "best.json"))
	b, errB := os.ReadFile(filepath.Join(dir, "same.json"))
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("the best model differs from the one that train gives (%v, %v)", errA, errB)
	}

	r = searching(t, dir, "--search", "min_child_weight=1,1000", "--search", "eta=0.1..0.4").must(t)
	contains(t, r.out, "10 runs of 3 folds by logloss (less is better)", "min_child_weight 1 · eta 0.4", "●", "willbuy train")
}

// TestFoldsWithoutAnIDAreByTheRowNumber: many of the shop's rows are alike, and
// each of them has a fold of its own.
func TestFoldsWithoutAnIDAreByTheRowNumber(t *testing.T) {
	dir, table := shop(t, 900)
	table[0] = append(table[0], "row")
	for i := range table[1:] {
		table[i+1] = append(table[i+1], strconv.Itoa(i+1))
	}
	writeCSVFile(t, filepath.Join(dir, "shop.csv"), table)
	folds := func(id string) any {
		o := searching(t, dir, "--search", "max_depth=3", "--param", "seed=7", "--id", id, "--json").must(t).objects(t)[0]
		return o["runs"].([]any)[0].(map[string]any)["folds"]
	}
	if byNumber, byColumn := folds(""), folds("row"); !reflect.DeepEqual(byNumber, byColumn) {
		t.Errorf("without an id %v, by the column of row numbers %v", byNumber, byColumn)
	}
}

func TestTuneGoesOnFromItsRecord(t *testing.T) {
	dir, _ := shop(t, 600)
	whole := searching(t, dir, "--search", "max_depth=1,2,3", "--rounds", "36", "--halving", "--record", "runs.jsonl", "--json").must(t)
	path := filepath.Join(dir, "runs.jsonl")
	lines := strings.SplitAfter(readText(t, path), "\n")
	if len(lines) != 1+3+1+1 { // the header, three runs of 12 rounds, the best of them with 36, and what follows the last line end
		t.Fatalf("the record has the lines %q", lines)
	}
	// An interruption while the third run is written.
	torn := lines[0] + lines[1] + lines[2] + lines[3][:20]
	if err := os.WriteFile(path, []byte(torn), 0o644); err != nil {
		t.Fatal(err)
	}
	again := searching(t, dir, "--search", "max_depth=1,2,3", "--rounds", "36", "--halving", "--record", "runs.jsonl", "--json").must(t)
	contains(t, again.err, "runs.jsonl holds 2 runs, not trained again")
	first, second := whole.objects(t)[0]["runs"].([]any), again.objects(t)[0]["runs"].([]any)
	for i := range first {
		a, b := first[i].(map[string]any), second[i].(map[string]any)
		if a["mean"] != b["mean"] || a["rounds"] != b["rounds"] {
			t.Errorf("run %d: %v, gone on %v", i, a, b)
		}
	}
	if n := strings.Count(readText(t, path), "\n"); n != 5 {
		t.Errorf("the record then has %d lines", n)
	}
	r := searching(t, dir, "--search", "max_depth=1", "--param", "eta=0.5", "--rounds", "36", "--record", "runs.jsonl")
	if r.code != 1 {
		t.Errorf("another search: exit code %d", r.code)
	}
	contains(t, r.err, "runs of another search", "Name another file")
}

func TestTuneSaysWhatIsWrong(t *testing.T) {
	dir, _ := shop(t, 60)
	for _, test := range []struct {
		args []string
		code int
		says []string
	}{
		{nil, 2, []string{"--search max_depth=3,5,8"}},
		{[]string{"--search", "max_dept=3"}, 2, []string{"the nearest is max_depth", "willbuy tune --help"}},
		{[]string{"--search", "max_depth"}, 2, []string{"name=a,b,c"}},
		{[]string{"--search", "max_depth=3", "--folds", "1"}, 2, []string{"at least 2"}},
		{[]string{"--search", "max_depth=3", "--metric", "acu"}, 2, []string{"acu"}},
		{[]string{"--search", "max_depth=3", "--out", "best.txt"}, 2, []string{".json"}},
		{[]string{"--search", "max_depth=3", "--id", "Idd"}, 2, []string{"did you mean Id?"}},
		{[]string{"--search", "max_depth=3", "--folds", "50"}, 1, []string{"take fewer folds"}},
		{[]string{"--serch", "max_depth=3"}, 2, []string{"did you mean --search?"}},
	} {
		r := searching(t, dir, test.args...)
		if r.code != test.code || r.out != "" {
			t.Errorf("%q: exit code %d, %s", test.args, r.code, r.out)
		}
		contains(t, r.err, test.says...)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
