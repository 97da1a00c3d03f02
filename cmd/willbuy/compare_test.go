package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func numberText(v any) string { return strconv.FormatFloat(v.(float64), 'f', -1, 64) }

func TestCompareTellsTheBetterModel(t *testing.T) {
	dir, _ := shop(t, 1500)
	train := func(out string, more ...string) {
		willbuy(t, dir, append([]string{"train", "--data", "shop.csv", "--label", "bought", "--param", "objective=binary:logistic", "--out", out}, more...)...).must(t)
	}
	train("good.json", "--features", "load,rating", "--rounds", "20")
	train("poor.json", "--features", "rating", "--rounds", "20")
	o := willbuy(t, dir, "compare", "--model", "good.json", "--model", "poor.json", "--data", "shop.csv", "--label", "BOUGHT", "--json").must(t).objects(t)[0]
	seen := map[string]bool{}
	for _, m := range o["metrics"].([]any) {
		d := m.(map[string]any)
		seen[d["metric"].(string)] = true
		if d["a_better"].(float64) < 0.99 || d["low"].(float64) <= 0 && d["high"].(float64) >= 0 {
			t.Errorf("%v", d)
		}
	}
	if o["rows"] != 1500.0 || !seen["auc"] || !seen["logloss"] || !seen["error"] {
		t.Errorf("%v", o)
	}
	r := willbuy(t, dir, "compare", "--model", "good.json", "--model", "poor.json", "--data", "shop.csv", "--label", "bought").must(t)
	contains(t, r.out, "A is good.json, B is poor.json, on 1,500 rows", "A is better by auc", "DeLong's test", "◂ B is better")
	r = willbuy(t, dir, "compare", "--model", "good.json", "--model", "good.json", "--data", "shop.csv", "--label", "bought").must(t)
	contains(t, r.out, "No clear difference by auc")
	if strings.Contains(r.out, "is better by") {
		t.Errorf("a model is better than itself:\n%s", r.out)
	}
}

func TestCompareMeasuresNumbersAndClasses(t *testing.T) {
	dir := t.TempDir()
	table := [][]string{{"x", "kind", "price"}}
	for i := range 300 {
		table = append(table, []string{strconv.Itoa(i * 7 % 30), strconv.Itoa(i * 7 % 30 / 10), strconv.Itoa(3*(i*7%30) + i%5)})
	}
	writeCSVFile(t, filepath.Join(dir, "t.csv"), table)
	for _, test := range []struct {
		label string
		param []string
		want  string
	}{
		{"price", nil, "rmse mae r2"},
		{"kind", []string{"--param", "objective=multi:softprob", "--param", "num_class=3"}, "mlogloss merror"},
	} {
		for _, rounds := range []string{"1", "20"} {
			willbuy(t, dir, append([]string{"train", "--data", "t.csv", "--features", "x", "--label", test.label, "--rounds", rounds, "--out", test.label + rounds + ".json"}, test.param...)...).must(t)
		}
		o := willbuy(t, dir, "compare", "--model", test.label+"20.json", "--model", test.label+"1.json", "--data", "t.csv", "--label", test.label, "--json").must(t).objects(t)[0]
		var names []string
		for _, m := range o["metrics"].([]any) {
			names = append(names, m.(map[string]any)["metric"].(string))
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("of %s: %s, not %s", test.label, got, test.want)
		}
	}
	r := willbuy(t, dir, "compare", "--model", "kind1.json", "--model", "price1.json", "--data", "t.csv", "--label", "kind")
	if r.code != 1 {
		t.Errorf("models of different things: exit code %d", r.code)
	}
	contains(t, r.err, "do not predict the same")
	r = willbuy(t, dir, "compare", "--model", "kind1.json", "--model", "kind20.json", "--data", "t.csv", "--label", "price")
	contains(t, r.err, "column price, the label", "classes 0…2")
}

func TestCompareSaysWhatIsWrong(t *testing.T) {
	dir, _ := shop(t, 60)
	willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--out", "m.json").must(t)
	if err := os.WriteFile(filepath.Join(dir, "empty.csv"), []byte("load,rating,bought\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--model", "m.json"}, 2, "name two models"},
		{[]string{"--model", "m.json", "--model", "m.json", "--data", "shop.csv"}, 2, "--label"},
		{[]string{"--model", "m.json", "--model", "m.json", "--data", "shop.csv", "--label", "bougth"}, 2, "did you mean bought?"},
		{[]string{"--model", "m.json", "--model", "gone.json", "--data", "shop.csv", "--label", "bought"}, 1, "gone.json"},
		{[]string{"--model", "m.json", "--model", "m.json", "--data", "shop.csv", "--label", "load"}, 1, "the label, is empty"},
		{[]string{"--model", "m.json", "--model", "m.json", "--data", "empty.csv", "--label", "bought"}, 1, "no rows"},
	} {
		r := willbuy(t, dir, append([]string{"compare"}, test.args...)...)
		if r.code != test.code || r.out != "" {
			t.Errorf("%q: exit code %d, %s", test.args, r.code, r.out)
		}
		contains(t, r.err, test.says)
	}
}
