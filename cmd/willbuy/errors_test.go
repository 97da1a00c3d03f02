package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWrongWordsAreAnsweredWithTheNearest(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"stats"}, "did you mean status?"},
		{[]string{"run", "trian"}, "did you mean train?"},
		{[]string{"run", "--form", "train"}, "did you mean --from?"},
		{[]string{"run", "--set", "train.etta=1"}, "did you mean eta?"},
		{[]string{"run", "--set", "train.eta=fast"}, "must be a number"},
		{[]string{"run", "--set", "train.eta=7"}, "0 … 1"},
		{[]string{"run", "--set", "eta=1"}, "step.param=value"},
		{[]string{"run", "--to", "qualty"}, "did you mean quality?"},
		{[]string{"show", "sentimnt"}, "did you mean sentiment?"},
		{[]string{"show"}, "takes 1 step"},
		{[]string{"params", "trainn"}, "did you mean train?"},
		{[]string{"model", "lst"}, "did you mean ls?"},
		{[]string{"jobs", "submit", "retran"}, "did you mean retrain?"},
		{[]string{"jobs", "cancel", "x"}, "there is no job"},
		{[]string{"replay", "x"}, "no run is recorded"},
		{[]string{"replay", "x", "--speed", "fast"}, "5x"},
		{[]string{"cluster", "scale", "many"}, "whole number"},
		{[]string{"synth"}, "--out DIR"},
		{[]string{"synth", "--out", "o", "--effect", "page_load_tim=1"}, "page_load_time"},
		{[]string{"classify", "x.txt"}, "no label"},
		{[]string{"sentiment", "--engine", "vadr"}, "model and vader"},
		{[]string{"train"}, "--features"},
		{[]string{"sql", "SELECT 1", "--csv", "--json"}, "exclude each other"},
		{[]string{"status", "--wdith", "3"}, "there is no flag --wdith"},
		{[]string{"synth", "--rows", "many"}, "--rows takes a whole number"},
		{[]string{"train", "--features", `a b,c"q`}, `--features takes names separated by commas, not "a b,c\"q"`},
		{[]string{"train", "--features", `a"b`}, "stands in quotes, as in csv"},
		{[]string{"predict", "--movable", `a"b`}, "--movable takes names"},
		{[]string{"train", "--label"}, "--label takes a value, but nothing follows it"},
		{[]string{"train", "--rounds"}, "--rounds takes a whole number, but nothing follows it"},
		{[]string{"whatif", "--threshold", "x"}, "--threshold takes a number"},
		{[]string{"whatif", "--seed", "-1"}, "--seed takes a whole number from 0 up"},
		{[]string{"train", "--quiet=maybe"}, "--quiet takes true or false"},
		{[]string{"train", "-q"}, "there is no flag -q"},
		{[]string{"train", "---x"}, `"---x" is no flag`},
		{[]string{"train", "--features", "a", "--label", "b", "--out", "m.json", "--rounds", "0"}, "at least one round"},
		{[]string{"train", "--features", "a", "--label", "b", "--out", "m.json", "--param", "objective=binary:logitic"}, "binary:logistic"},
		{[]string{"help", "runn"}, "did you mean run?"},
		{[]string{"completion", "bsh"}, "did you mean bash?"},
		{[]string{"model", "show", "V1"}, "no version of the model deployed_xgb"},
		{[]string{"predict", "--model", "deployed_xgb@production", "--data", "x.csv"}, "no version of the model deployed_xgb"},
		{[]string{"sql", " "}, "no statement"},
	} {
		r := willbuy(t, dir, c.args...)
		if r.code != 2 {
			t.Errorf("willbuy %v: exit code %d\n%s", c.args, r.code, r.err)
		}
		if !strings.Contains(r.err, c.says) {
			t.Errorf("willbuy %v does not say %q:\n%s", c.args, c.says, r.err)
		}
		if strings.Count(r.err, "\n") != 2 {
			t.Errorf("willbuy %v: not a sentence and a next step:\n%s", c.args, r.err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("wrong words left %v behind", entries)
	}
}

// TestBadInputGetsASentenceAndANextStep holds for each: exit code 1, what is
// wrong, what to do about it.
func TestBadInputGetsASentenceAndANextStep(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("empty/.keep", "")
	os.Remove(filepath.Join(dir, "empty", ".keep"))
	write("dirty/a.txt", "no review\n\nat all\n")
	write("nomodel/tokenizer.json", "{}")
	write("blocked", "a file where a folder should be")
	for _, c := range []struct {
		name string
		set  []string
		says []string
	}{
		{"empty stage", []string{"setup.reviews=empty"}, []string{"the stage is empty", "setup.reviews"}},
		{"no matching files", []string{"read.pattern=*.nope"}, []string{"matches", "read.pattern"}},
		{"all lines dirty", []string{"setup.reviews=dirty"}, []string{"all are in quarantine", "REASON"}},
		{"model without config.json", []string{"quality.model=nomodel"}, []string{"config.json is missing", "quality.model"}},
		{"no such folder", []string{"setup.reviews=nowhere"}, []string{"nowhere", "setup.reviews"}},
		{"unreadable table", []string{"setup.tabular=empty"}, []string{"empty", "setup.tabular"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"--workspace", filepath.Join(t.TempDir(), "lab"), "run", "--to", "quality", "--set", "setup.rows=20", "--set", "cluster.factor=1"}
			for _, s := range c.set {
				args = append(args, "--set", s)
			}
			r := willbuy(t, dir, args...)
			if r.code != 1 {
				t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
			}
			contains(t, r.err, c.says...)
			if !strings.HasPrefix(r.err, "willbuy: step ") {
				t.Errorf("the step is not named:\n%s", r.err)
			}
		})
	}
	for _, workspace := range []string{"blocked/lab", "/proc/willbuy-lab"} {
		r := willbuy(t, dir, "--workspace", workspace, "run")
		if r.code != 1 || strings.Count(r.err, "\n") < 2 {
			t.Errorf("workspace %s: exit code %d\n%s", workspace, r.code, r.err)
		}
	}
}

func TestDamagedInputIsKeptInQuarantine(t *testing.T) {
	dir := t.TempDir()
	reviews := filepath.Join(dir, "mine")
	if err := os.Mkdir(reviews, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "\"26c3254f-6204-4f59-a171-dd6e95f9b4cb\",\"fine\"\nbroken \x1b[31m line\n"
	if err := os.WriteFile(filepath.Join(reviews, "a.txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := willbuy(t, dir, "run", "--to", "parse", "--set", "setup.reviews=mine", "--set", "setup.rows=5").must(t)
	if strings.Contains(r.out+r.err, "\x1b") {
		t.Error("an escape sequence from the data reaches the screen")
	}
	if r := willbuy(t, t.TempDir(), "--workspace", filepath.Join(dir, "willbuy-lab"), "run", "--to", "parse", "--all"); r.code != 0 {
		t.Errorf("started from another folder: %s", r.err)
	}
	rows := willbuy(t, dir, "sql", "SELECT FILE, LINE, REASON, RAW FROM QUARANTINE", "--json").must(t).objects(t)
	if len(rows) != 1 || rows[0]["LINE"] != 2.0 || rows[0]["RAW"] != "broken \x1b[31m line" {
		t.Errorf("quarantine: %v", rows)
	}
}

func TestWithoutATerminalTheWorkbenchSaysHowToGoOn(t *testing.T) {
	r := willbuy(t, lab(t))
	if r.code != 1 {
		t.Errorf("exit code %d", r.code)
	}
	contains(t, r.out, "Quality", "done")
	contains(t, r.err, "no terminal", "willbuy run")
	if r := willbuy(t, lab(t), "--plain"); r.code != 0 {
		t.Errorf("asked for text: exit code %d\n%s", r.code, r.err)
	}
}

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	cmd := exec.Command(program, "status")
	cmd.Dir, cmd.Stdout = lab(t), full
	if cmd.Run(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
}

// commandLines gives every command below one, by what the shell is offered.
func commandLines(t *testing.T, above []string) [][]string {
	t.Helper()
	offered := willbuy(t, t.TempDir(), append(append([]string{"__complete"}, above...), "")...).must(t).out
	var all [][]string
	for line := range strings.Lines(offered) {
		name, about, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || about == "" || name == "help" {
			continue // an argument, not a command
		}
		command := append(slices.Clone(above), name)
		all = append(append(all, command), commandLines(t, command)...)
	}
	return all
}

func TestHelpHasExamplesAndOnlyWhatWorks(t *testing.T) {
	help := func(args ...string) string {
		t.Helper()
		return willbuy(t, t.TempDir(), append(args, "--help")...).must(t).out
	}
	root := help()
	all := strings.ToLower(root + help("train") + help("explain") + help("run"))
	for _, later := range []string{"\n    report", "\n    export", "\n    worker", "--backend", "--store", "--ray", "snowflake"} {
		if strings.Contains(all, later) {
			t.Errorf("the help speaks of %q, which is not there yet", later)
		}
	}
	for _, command := range []string{"run", "status", "show", "params", "sql", "synth", "parse", "classify", "tokenize", "sentiment", "train", "predict", "explain",
		"model", "cluster", "jobs", "dag", "replay", "runs", "reset", "doctor"} {
		contains(t, root, "    "+command)
	}
	for _, command := range commandLines(t, []string{}) {
		if !strings.Contains(help(command...), "EXAMPLES") {
			t.Errorf("willbuy %v --help has no examples", command)
		}
	}
	contains(t, willbuy(t, t.TempDir(), "--version").must(t).out, "willbuy")
	contains(t, willbuy(t, t.TempDir(), "man").must(t).out, ".TH")
	contains(t, willbuy(t, t.TempDir(), "completion", "bash").must(t).out, "willbuy")
}

// TestStoppedCommandsSayWhatIsLeft: a question that was stopped keeps nothing, and
// other errors stay as they are.
func TestStoppedCommandsSayWhatIsLeft(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		says string
		code int
	}{
		{stopped, fmt.Errorf("read: %w", context.Canceled), "willbuy: stopped before the end\n", exitInterrupted},
		{stopped, interrupted{"after 2 rounds"}, "willbuy: stopped after 2 rounds\n", exitInterrupted},
		{stopped, errors.New("no such file"), "willbuy: no such file\n", exitFailed},
		{context.Background(), context.Canceled, "willbuy: context canceled\n", exitFailed},
		{stopped, nil, "", exitDone},
	} {
		told, errs := quietCLI()
		if code := told.report(c.ctx, halted(c.ctx, c.err, "before the end")); code != c.code || errs.String() != c.says {
			t.Errorf("%v: exit code %d, %q, want %d, %q", c.err, code, errs, c.code, c.says)
		}
	}
}

func TestFilesOfTheRegistryAreNamedByTheirEnding(t *testing.T) {
	dir := t.TempDir()
	logisticModel(t, dir)
	if v := willbuy(t, dir, "model", "import", "m.json", "--json").must(t).objects(t)[0]; v["version"] != "V1" {
		t.Errorf("imported: %v", v)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"import", "good.csv"}, exitFailed, "read good.csv: it is neither a version that export wrote (.zip) nor a model of XGBoost (.json, .ubj)"},
		{[]string{"export", "V1", "x.foo"}, exitUsage, "ends in one of .zip, .json, .ubj, .onnx, .sql, not to x.foo"},
	} {
		if r := willbuy(t, dir, append([]string{"model"}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.says) {
			t.Errorf("model %v: exit code %d\n%s", c.args, r.code, r.err)
		}
	}
}
