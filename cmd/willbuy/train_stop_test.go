package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// untilRound stops a training once it tells of its first round.
type untilRound struct {
	said strings.Builder
	stop func()
}

func (u *untilRound) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte("[1]")) {
		u.stop()
	}
	return u.said.Write(text)
}

func (u *untilRound) String() string { return u.said.String() }

// TestStoppedTrainingKeepsItsRounds: Ctrl-C leaves the model of the rounds that
// are done, which another training goes on from.
func TestStoppedTrainingKeepsItsRounds(t *testing.T) {
	dir, _ := shop(t, 600)
	cmd := exec.Command(program, "train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--rounds", "10000000", "--out", "m.json")
	cmd.Dir = dir
	said := &untilRound{stop: func() { cmd.Process.Signal(os.Interrupt) }}
	cmd.Stderr = said
	cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	contains(t, said.String(), "rounds; the model so far is in m.json, and --from m.json goes on")
	m := modelOf(t, filepath.Join(dir, "m.json"))
	contains(t, said.String(), "willbuy: stopped after ", " of 10,000,000 rounds")
	last := fmt.Sprintf("[%d]", len(m.Trees)-1)
	if next := fmt.Sprintf("[%d]", len(m.Trees)); !strings.Contains(said.String(), last) || strings.Contains(said.String(), next) {
		t.Errorf("%d trees are not the rounds that were told", len(m.Trees))
	}
	willbuy(t, dir, "train", "--data", "shop.csv", "--from", "m.json", "--label", "bought", "--rounds", "1", "--out", "n.json", "--quiet").must(t)
	if n := modelOf(t, filepath.Join(dir, "n.json")); len(n.Trees) != len(m.Trees)+1 {
		t.Errorf("%d trees and one round more are %d", len(m.Trees), len(n.Trees))
	}
}

// classesCSV writes a table of three classes, one of them rare.
func classesCSV(t *testing.T, path string) {
	t.Helper()
	table := [][]string{{"a", "b", "y"}}
	for i := range 300 {
		table = append(table, []string{fmt.Sprint(i % 17), fmt.Sprint(i * 7 % 23), fmt.Sprint(min(2, i*i%10/3))})
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPortableModelsHaveOneBaseScore: XGBoost before 3.1 reads one number, and
// takes several for 0.5.
func TestPortableModelsHaveOneBaseScore(t *testing.T) {
	dir := t.TempDir()
	classesCSV(t, filepath.Join(dir, "c.csv"))
	train := func(more ...string) result {
		t.Helper()
		return willbuy(t, dir, append([]string{"train", "--data", "c.csv", "--features", "a,b", "--label", "y", "--rounds", "2",
			"--param", "objective=multi:softprob", "--param", "num_class=3"}, more...)...).must(t)
	}
	contains(t, train("--out", "m.json").err, "XGBoost before 3.1", "willbuy model convert --portable m.json OTHER.json")
	if r := train("--out", "p.ubj", "--portable"); strings.Contains(r.err, "3.1") {
		t.Errorf("with --portable:\n%s", r.err)
	}
	plain, portable := modelOf(t, filepath.Join(dir, "m.json")), modelOf(t, filepath.Join(dir, "p.ubj"))
	if len(portable.Trees) != len(plain.Trees)+3 || fmt.Sprint(portable.BaseScore) != "[0 0 0]" {
		t.Errorf("portable: %d trees, base score %v; else %d", len(portable.Trees), portable.BaseScore, len(plain.Trees))
	}
	predict := func(model string) string {
		return willbuy(t, dir, "predict", "--model", model, "--data", "c.csv").must(t).out
	}
	if predict("m.json") != predict("p.ubj") {
		t.Error("the predictions differ")
	}
}

// TestPredictionsAsJSON: a line a row, arrays for several classes, and where a
// file is written one object about it.
func TestPredictionsAsJSON(t *testing.T) {
	dir := t.TempDir()
	classesCSV(t, filepath.Join(dir, "c.csv"))
	for _, c := range []struct {
		name string
		more []string
		want int
	}{{"classes", []string{"--param", "objective=multi:softprob", "--param", "num_class=3"}, 3}, {"number", nil, 1}} {
		model := c.name + ".json"
		willbuy(t, dir, append([]string{"train", "--data", "c.csv", "--features", "a,b", "--label", "y", "--rounds", "2", "--out", model, "--quiet"}, c.more...)...).must(t)
		lines := willbuy(t, dir, "predict", "--model", model, "--data", "c.csv", "--json").must(t).objects(t)
		summary := willbuy(t, dir, "predict", "--model", model, "--data", "c.csv", "--json", "--out", "p.csv").must(t).objects(t)
		if len(summary) != 1 || summary[0]["rows"] != 300.0 || summary[0]["out"] != "p.csv" || summary[0]["model"] != model {
			t.Errorf("%s: the result is %v", c.name, summary)
		}
		table := readCSV(t, filepath.Join(dir, "p.csv"))
		if len(lines) != 300 || len(table) != 301 {
			t.Fatalf("%s: %d objects, %d lines", c.name, len(lines), len(table))
		}
		for i, o := range lines {
			got := strings.NewReplacer("[", "", "]", "").Replace(fmt.Sprint(o["margin"], " ", o["prediction"]))
			if want := strings.Join(table[i+1], " "); got != want || len(strings.Fields(got)) != 2*c.want {
				t.Fatalf("%s: row %d is %s, in csv %s", c.name, i+1, got, want)
			}
		}
		explained := willbuy(t, dir, "explain", "--model", model, "--data", "c.csv", "--json", "--out", "s.csv").must(t).objects(t)
		if len(explained) != 1 || explained[0]["rows"] != 300.0 || explained[0]["out"] != "s.csv" {
			t.Errorf("%s: explain says %v", c.name, explained)
		}
	}
}

// TestTruthValuesAreNumbers: a model does not care how a file writes them.
func TestTruthValuesAreNumbers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"words.csv":   "a,y\ntrue,false\nfalse,true\n,true\n",
		"numbers.csv": "a,y\n1,0\n0,1\n,1\n",
		"other.csv":   "a,y\nyes,0\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[string]bool{}
	for _, trained := range []string{"words.csv", "numbers.csv"} {
		model := trained + ".json"
		willbuy(t, dir, "train", "--data", trained, "--features", "a", "--label", "y", "--rounds", "2", "--param", "min_child_weight=0", "--out", model, "--quiet").must(t)
		for _, data := range []string{"words.csv", "numbers.csv"} {
			answers[willbuy(t, dir, "predict", "--model", model, "--data", data).must(t).out] = true
		}
	}
	if len(answers) != 1 {
		t.Errorf("the predictions differ: %v", answers)
	}
	r := willbuy(t, dir, "predict", "--model", "words.csv.json", "--data", "other.csv")
	if r.code != 1 || r.out != "" || !strings.Contains(r.err, `column a holds text: "yes" in row 1`) {
		t.Errorf("exit code %d, %s%s", r.code, r.out, r.err)
	}
}

// TestFailedPredictionsLeaveTheFileAsItWas: a file of some of the rows would look
// whole.
func TestFailedPredictionsLeaveTheFileAsItWas(t *testing.T) {
	dir, _ := shop(t, 600)
	willbuy(t, dir, "train", "--data", "shop.csv", "--features", "load,rating", "--label", "bought", "--rounds", "2", "--out", "m.json", "--quiet").must(t)
	for name, text := range map[string]string{"bad.csv": "load,rating\n1,2\ninf,3\n", "p.csv": "before"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := willbuy(t, dir, "predict", "--model", "m.json", "--data", "bad.csv", "--out", "p.csv")
	if r.code != 1 || !strings.Contains(r.err, "column load: +Inf in row 2") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "p.csv")); string(text) != "before" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	if hidden, _ := filepath.Glob(filepath.Join(dir, ".p.csv*")); len(hidden) > 0 {
		t.Errorf("%v is left", hidden)
	}
}
