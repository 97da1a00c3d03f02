package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// killedRun is the lab that is killed over and over: small, so that twenty
// rounds take minutes, and dirty, so that quarantine has something to keep.
var killedRun = []string{"run", "--set", "setup.rows=50", "--set", "setup.dirty=0.1", "--set", "cluster.factor=1", "--set", "train.min_child_weight=5"}

// comparedTables are those whose rows must not depend on how often a run was
// killed.
var comparedTables = []string{"TABULAR_DATA", "REVIEW_RECORDS", "REVIEW_FILES", "PARSED_REVIEWS", "QUARANTINE", "QUALITY_CACHE", "REVIEW_QUALITY_SCORES",
	"REVIEWS", "SENTIMENT_CACHE", "JOINED_DATA", "ENCODED_DATA", "ENCODERS", "EXPLAINED_CELLS", "PREDICTIONS", "EXPLANATIONS"}

// TestKilledRunsEndAsOthersDo kills runs with signal 9 at random moments and
// lets each go on: the tables and the model are those of a run that nobody
// disturbed, compared after every kill. KILLS says how many labs; make kill
// takes twenty.
func TestKilledRunsEndAsOthersDo(t *testing.T) {
	kills := 3
	if text := os.Getenv("KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("KILLS=%s: %v", text, err)
		}
	}
	calm := t.TempDir()
	began := time.Now()
	willbuy(t, calm, killedRun...).must(t)
	whole := time.Since(began)
	want := fingerprint(t, calm)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	moment := func() time.Duration { return time.Duration(random.Int64N(int64(whole))) }
	for round := range kills {
		dir := t.TempDir()
		for !killAfter(t, dir, moment()) { // it was faster than the signal: that is no kill
			dir = t.TempDir()
		}
		if round%2 == 1 { // half of them are killed again on their way back
			killAfter(t, dir, moment())
		}
		willbuy(t, dir, killedRun...).must(t)
		if got := fingerprint(t, dir); got != want {
			t.Fatalf("round %d: %s", round, firstDifference(got, want))
		}
		for step, state := range states(t, dir) {
			if state != "done" {
				t.Errorf("round %d: step %s is %s", round, step, state)
			}
		}
	}
	t.Logf("%d labs were killed and are equal to the undisturbed one", kills)
}

// killAfter runs the lab and kills it; it tells whether it was still alive.
func killAfter(t *testing.T, dir string, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(program, killedRun...)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	t.Logf("after %v: %v", after, cmd.ProcessState)
	return err != nil
}

// fingerprint is every compared table as csv, and the model.
func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for _, table := range comparedTables {
		fmt.Fprintf(&all, "%s\n%s", table, willbuy(t, dir, "sql", "--csv", "SELECT * FROM "+table+" ORDER BY ALL").must(t).out)
	}
	model, err := os.ReadFile(filepath.Join(dir, "willbuy-lab", "models", "deployed_xgb", "V1", "model.json"))
	if err != nil {
		t.Fatal(err)
	}
	all.Write(model)
	return all.String()
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	table := ""
	for i := range min(len(a), len(b)) {
		if len(b[i]) > 0 && strings.ToUpper(b[i]) == b[i] && !strings.Contains(b[i], ",") {
			table = b[i]
		}
		if a[i] != b[i] {
			return fmt.Sprintf("%s: %.300s\nwant %.300s", table, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
