package main

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"willbuy/pipeline"
)

func TestRunTakesTheLabFromNothingToAnExplainedModel(t *testing.T) {
	out, err := labRun()
	if err != nil {
		t.Fatal(err)
	}
	contains(t, out, "1 Setup: done", "15 Dashboard: done", "15 steps done")
	for step, state := range states(t, lab(t)) {
		if state != "done" {
			t.Errorf("step %s is %s", step, state)
		}
	}
	models := willbuy(t, lab(t), "model", "ls", "--json").must(t).objects(t)
	if len(models) != 1 || models[0]["version"] != "V1" {
		t.Errorf("the registry holds %v", models)
	}
}

func TestSecondRunDoesNothingAndRecordsNothing(t *testing.T) {
	dir := ownLab(t)
	runs := willbuy(t, dir, "runs", "ls", "--json").must(t).out
	began := time.Now()
	r := willbuy(t, dir, "run").must(t)
	if took := time.Since(began); took > 3*time.Second { // one on an idle machine
		t.Errorf("doing nothing took %v", took)
	}
	contains(t, r.out, "Nothing to do")
	if strings.Count(r.out, "\n") != 1 {
		t.Errorf("more than one line says that nothing was done:\n%s", r.out)
	}
	if again := willbuy(t, dir, "runs", "ls", "--json").must(t).out; again != runs {
		t.Errorf("a run that did nothing was recorded:\n%s", again)
	}
}

func TestChangedEtaRerunsTrainAndWhatRestsOnIt(t *testing.T) {
	dir := ownLab(t)
	events := willbuy(t, dir, "run", "--set", "train.eta=0.3", "--json").must(t).objects(t)
	var finished []string
	for _, e := range events {
		if e["kind"] == "step.finished" {
			finished = append(finished, e["step"].(string))
		}
	}
	if want := []string{"train", "register", "explain", "jobs", "automate"}; !slices.Equal(finished, want) {
		t.Errorf("ran %v, want %v", finished, want)
	}
	diff := willbuy(t, dir, "model", "diff", "V1", "production").must(t).out
	contains(t, diff, "eta", "0.1", "0.3")
	contains(t, willbuy(t, dir, "runs", "diff", willbuy(t, dir, "runs", "ls", "--json").must(t).objects(t)[0]["run"].(string), "last").must(t).out, "parameter eta")
}

func TestNamedStepRunsWithWhatItNeeds(t *testing.T) {
	dir := t.TempDir()
	willbuy(t, dir, "run", "parse", "--set", "setup.rows=30").must(t)
	for step, state := range states(t, dir) {
		want := "new"
		if slices.Contains([]string{"setup", "read", "parse"}, step) {
			want = "done"
		}
		if state != want {
			t.Errorf("step %s is %s, want %s", step, state, want)
		}
	}
	willbuy(t, dir, "run", "--to", "parse", "--from", "read").must(t)
	willbuy(t, dir, "run", "--to", "read", "--set", "setup.rows=31").must(t)
	got := states(t, dir)
	if got["read"] != "done" || got["parse"] != "stale" {
		t.Errorf("after running to read alone: %v", got)
	}
}

func TestReadingCommandsMakeNoWorkspace(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"status"}, {"show", "train"}, {"params"}, {"runs", "ls"}, {"jobs", "ls"}, {"model", "ls"}, {"dag", "show"}, {"dag", "history"},
		{"cluster"}, {"doctor"}, {"sql", "SELECT 1"}, {}, {"reset", "--yes"}, {"runs", "show", "last"}} {
		willbuy(t, dir, args...)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Fatalf("willbuy %v left %v behind (%v)", args, entries, err)
		}
	}
}

func TestStatusNamesEveryStepWithItsState(t *testing.T) {
	steps := willbuy(t, lab(t), "status", "--json").must(t).objects(t)
	if len(steps) != len(pipeline.Steps) {
		t.Fatalf("%d steps", len(steps))
	}
	for i, key := range []string{"number", "step", "state", "started", "seconds", "rows", "unit", "run", "summary"} {
		if _, ok := steps[9][key]; !ok {
			t.Errorf("field %d, %s, is missing in %v", i, key, steps[9])
		}
	}
	text := willbuy(t, lab(t), "status").must(t).out
	contains(t, text, "STATE", "Quality", "done", "customers")
}

func TestShowDrawsEveryPaneAsText(t *testing.T) {
	for _, id := range pipeline.StepIDs() {
		r := willbuy(t, lab(t), "show", id).must(t)
		if strings.Contains(r.out, "\x1b") {
			t.Errorf("show %s prints escapes where there is no terminal", id)
		}
		if strings.Count(r.out, "\n") < 4 {
			t.Errorf("show %s says next to nothing:\n%s", id, r.out)
		}
	}
	r := willbuy(t, lab(t), "show", "quality", "--width", "60", "--height", "20").must(t)
	if lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n"); len(lines) != 20 {
		t.Errorf("--height 20 gives %d lines", len(lines))
	}
	o := willbuy(t, lab(t), "show", "train", "--json").must(t).objects(t)[0]
	if curves, _ := o["curves"].([]any); len(curves) != 50 {
		t.Errorf("show --json has %d rounds", len(curves))
	}
}

func TestSQLReadsAndRefusesToWrite(t *testing.T) {
	r := willbuy(t, lab(t), "sql", "SELECT COUNT(*) AS N, 'a,b' AS S FROM TABULAR_DATA", "--json").must(t)
	if r.out != "{\"N\":120,\"S\":\"a,b\"}\n" {
		t.Errorf("as JSON: %s", r.out)
	}
	r = willbuy(t, lab(t), "sql", "SELECT 120 AS N, 'a,b' AS S, NULL AS X", "--csv").must(t)
	if r.out != "N,S,X\n120,\"a,b\",\n" {
		t.Errorf("as csv: %q", r.out)
	}
	r = willbuy(t, lab(t), "sql", "SELECT [1,2] AS L, 0.1::FLOAT AS F, 123456789.0::DOUBLE AS D, TIMESTAMP '2026-01-02 03:04:05.678' AS T", "--csv").must(t)
	if r.out != "L,F,D,T\n\"[1,2]\",0.1,123456789,2026-01-02 03:04:05.678\n" {
		t.Errorf("values lose something in csv: %q", r.out)
	}
	contains(t, willbuy(t, lab(t), "sql", "SELECT * FROM reviws").err, "no table reviws; did you mean REVIEWS?")
	contains(t, willbuy(t, lab(t), "sql", "SELECT PAGE_LOD_TIME FROM JOINED_DATA").err, "PAGE_LOAD_TIME")
	contains(t, willbuy(t, lab(t), "sql", "COPY REVIEWS TO 'x.csv'; SELECT 1").err, "one at a time")
	if _, err := os.Stat(filepath.Join(lab(t), "x.csv")); err == nil {
		t.Error("the first of two statements wrote a file")
	}
	for _, text := range []string{"DELETE FROM REVIEWS", "DROP TABLE REVIEWS", "COPY REVIEWS TO 'x.csv'", "ATTACH 'x.duckdb'", "SET memory_limit='1GB'"} {
		r := willbuy(t, lab(t), "sql", text)
		if r.code != 1 {
			t.Errorf("%s: exit code %d\n%s", text, r.code, r.err)
		}
		contains(t, r.err, "would write")
	}
	contains(t, willbuy(t, lab(t), "sql", "SELECT COUNT(*) FROM REVIEWS").must(t).out, "count_star")
}

func TestTextFromDataNeverReachesTheScreenRaw(t *testing.T) {
	r := willbuy(t, lab(t), "sql", `SELECT 'red' || CHR(27) || '[31m' || CHR(8238) AS T`).must(t)
	if strings.ContainsAny(r.out, "\x1b\u202e") {
		t.Errorf("raw: %q", r.out)
	}
}

func TestParamsShowValueDefaultRangeAndMeaning(t *testing.T) {
	all := willbuy(t, lab(t), "params", "--json").must(t).objects(t)
	declared := 0
	for _, s := range pipeline.Steps {
		declared += len(s.Params)
	}
	if len(all) != declared {
		t.Errorf("%d parameters are listed, %d declared", len(all), declared)
	}
	for _, p := range willbuy(t, lab(t), "params", "setup", "--json").must(t).objects(t) {
		if p["name"] == "rows" && (p["value"] != "120" || p["default"] != "2000") {
			t.Errorf("setup.rows is shown as %v", p)
		}
	}
	contains(t, willbuy(t, lab(t), "params", "train").must(t).out, "train.eta", "0 … 1")
}

func TestStrictRunEndsWithThreeOnQuarantine(t *testing.T) {
	dir := t.TempDir()
	r := willbuy(t, dir, "run", "--to", "parse", "--strict", "--set", "setup.rows=100", "--set", "setup.dirty=0.5")
	if r.code != 3 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	if state := states(t, dir)["parse"]; state != "done" {
		t.Errorf("parse is %s", state)
	}
}

func TestQuietRunSaysOnlyHowItEnded(t *testing.T) {
	r := willbuy(t, t.TempDir(), "run", "--to", "parse", "--quiet", "--set", "setup.rows=20").must(t)
	if strings.Count(r.out, "\n") != 1 || r.err != "" {
		t.Errorf("stdout %q, stderr %q", r.out, r.err)
	}
}

func TestReplayTellsTheRecordedEvents(t *testing.T) {
	began := time.Now()
	r := willbuy(t, lab(t), "replay", "last", "--speed", "1000x").must(t)
	contains(t, r.out, "1 Setup: done", "15 Dashboard: done")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("at 1000x it took %v", took)
	}
	r = willbuy(t, lab(t), "replay", "last", "--speed", "1000x", "--step", "join", "--json").must(t)
	for _, e := range r.objects(t) {
		if e["step"] != "join" {
			t.Errorf("--step join replays %v", e)
		}
	}
}

func TestRunsThatTheStateRestsOnStay(t *testing.T) {
	dir := t.TempDir()
	willbuy(t, dir, "run", "--to", "parse", "--set", "setup.rows=20").must(t)
	first := willbuy(t, dir, "runs", "ls", "--json").must(t).objects(t)[0]["run"].(string)
	r := willbuy(t, dir, "runs", "rm", first)
	if r.code != 1 {
		t.Errorf("exit code %d", r.code)
	}
	contains(t, r.err, "rests on run "+first)
	willbuy(t, dir, "run", "--all", "--to", "parse").must(t)
	willbuy(t, dir, "runs", "rm", first).must(t)
	if got := states(t, dir); got["setup"] != "done" {
		t.Errorf("after removing the old run: %v", got)
	}
}

func TestResetFromTakesBackAStepAndWhatRestsOnIt(t *testing.T) {
	dir := ownLab(t)
	if r := willbuy(t, dir, "reset", "--from", "explain"); r.code != 2 {
		t.Errorf("without a terminal and --yes: exit code %d", r.code)
	}
	willbuy(t, dir, "reset", "--from", "register", "--yes").must(t)
	if s := states(t, dir); s["train"] != "done" || s["register"] != "new" || s["explain"] != "new" {
		t.Errorf("states after the reset: %v", s)
	}
	r := willbuy(t, dir, "run", "--json").must(t)
	finished := map[string]bool{}
	for _, e := range r.objects(t) {
		if e["kind"] == "step.finished" {
			finished[e["step"].(string)] = true
		}
	}
	if !maps.Equal(finished, map[string]bool{"register": true, "explain": true, "jobs": true, "automate": true}) {
		t.Errorf("ran %v", finished)
	}
}

func TestResetKeepsWhatTheUserPutIntoTheStage(t *testing.T) {
	dir := ownLab(t)
	mine := filepath.Join(dir, "willbuy-lab", "stage", "mine.txt")
	if err := os.WriteFile(mine, []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	willbuy(t, dir, "reset", "--yes").must(t)
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "willbuy-lab", "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestNewReviewsInTheStageAreMergedAndRetrained(t *testing.T) {
	dir := ownLab(t)
	id := willbuy(t, dir, "sql", "SELECT MIN(UUID) AS U FROM REVIEWS", "--json").must(t).objects(t)[0]["U"].(string)
	text := `"` + id + `","Changed my mind: the strap broke after 9 days."` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "willbuy-lab", "stage", "zz-new.txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	willbuy(t, dir, "dag", "run").must(t)
	r := willbuy(t, dir, "sql", "SELECT REVIEW_TEXT AS T FROM REVIEWS WHERE UUID = '"+id+"'", "--json").must(t).objects(t)
	if len(r) != 1 || r[0]["T"] != "Changed my mind: the strap broke after 9 days." {
		t.Errorf("the review is %v", r)
	}
	if n := willbuy(t, dir, "sql", "SELECT COUNT(*) AS N FROM QUARANTINE WHERE REASON LIKE '%superseded%'", "--json").must(t).objects(t)[0]["N"]; n == 0.0 {
		t.Error("the review that was replaced is not in quarantine")
	}
	if models := willbuy(t, dir, "model", "ls", "--json").must(t).objects(t); len(models) != 2 {
		t.Errorf("%d versions of the model after retraining", len(models))
	}
	if history := willbuy(t, dir, "dag", "history", "--json").must(t).objects(t); len(history) != 1 || history[0]["state"] != "SUCCEEDED" {
		t.Errorf("history: %v", history)
	}
}

func TestJobRunsInAProcessOfItsOwn(t *testing.T) {
	dir := ownLab(t)
	willbuy(t, dir, "run", "--to", "encode", "--set", "train.eta=0.2").must(t)
	id := strings.TrimSpace(willbuy(t, dir, "jobs", "submit", "retrain").must(t).out)
	log := willbuy(t, dir, "jobs", "logs", id, "-f").must(t)
	contains(t, log.out, "10 Train: done", "12 Explain: done")
	job := willbuy(t, dir, "jobs", "ls", "--json").must(t).objects(t)[0]
	if job["id"] != id || job["status"] != "DONE" {
		t.Errorf("the job is %v", job)
	}
	if r := willbuy(t, dir, "jobs", "cancel", id); r.code == 0 {
		t.Error("a job that is done can be cancelled")
	}
}

func TestInterruptedRunGoesOnInsideTheStep(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(program, "run", "--json", "--to", "quality", "--set", "setup.rows=250")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked := false
	var stopped time.Time
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e pipeline.Event
		var p pipeline.Progress
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Step == "quality" && e.Kind == pipeline.KindProgress && e.Decode(&p) == nil && p.Done > 30 && !asked {
			asked = true
			stopped = time.Now()
			cmd.Process.Signal(syscall.SIGINT)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(stopped); took > 3*time.Second { // one on an idle machine
		t.Errorf("stopping took %v", took)
	}
	if state := states(t, dir)["quality"]; state != "interrupted" {
		t.Errorf("quality is %s", state)
	}
	r := willbuy(t, dir, "run", "--to", "quality").must(t)
	contains(t, r.out, "their scores are kept")
}

func TestRunsTakeTurnsAndSayWhomTheyWaitFor(t *testing.T) {
	dir := ownLab(t)
	first := exec.Command(program, "run", "--json", "--from", "cluster", "--to", "cluster")
	first.Dir = dir
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	if _, err := reader.ReadString('\n'); err != nil { // it runs
		t.Fatal(err)
	}
	if got := states(t, dir)["train"]; got != "done" { // status waits for nobody
		t.Errorf("train is %s", got)
	}
	second := willbuy(t, dir, "run").must(t)
	contains(t, second.err, "waiting for willbuy run --json --from cluster")
	reader.WriteTo(os.NewFile(0, os.DevNull))
	first.Wait()
}
