package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"willbuy/store/duck"
)

func TestAFreshLabHasNothingToDoAndRecordsNothing(t *testing.T) {
	w := newLab(t)
	before, _ := w.Runs()
	outcome, events := run(t, w, Request{Command: "again"})
	after, _ := w.Runs()
	if outcome.Status != "nothing" || len(events) != 0 || !slices.Equal(before, after) {
		t.Errorf("the second run was %+v with %d events, runs %v → %v", outcome, len(events), before, after)
	}
	for id, status := range statuses(assess(t, w)) {
		if status != Done {
			t.Errorf("%s is %s", id, status)
		}
	}
}

// finishedSteps are the steps that a run brought up to date.
func finishedSteps(t *testing.T, w *Workspace, req Request) []string {
	t.Helper()
	outcome, _ := run(t, w, req)
	return outcome.Finished
}

func TestAParameterMakesStaleWhatRestsOnItAndNothingElse(t *testing.T) {
	w := newLab(t)
	set(t, w, "train.eta=0.3")
	state := assess(t, w)
	want := []string{"train", "register", "explain", "jobs", "automate"}
	for id, status := range statuses(state) {
		if (status == Stale) != slices.Contains(want, id) || status != Stale && status != Done {
			t.Errorf("%s is %s", id, status)
		}
	}
	if r := state.Step("train").Reason; r != "eta was 0.1, is 0.3" {
		t.Errorf("train is stale because %q", r)
	}
	if r := state.Step("explain").Reason; r != "register is stale" {
		t.Errorf("explain is stale because %q", r)
	}
	if got := finishedSteps(t, w, Request{}); !slices.Equal(got, want) {
		t.Errorf("the run did %v, want %v", got, want)
	}
	set(t, w, "train.eta=0.1")
	if got := finishedSteps(t, w, Request{To: "train"}); !slices.Equal(got, []string{"train"}) {
		t.Errorf("going back did %v: what is in the store counts, not what once was", got)
	}
}

func TestTouchingAFileMarksNothing(t *testing.T) {
	w := newLab(t)
	files, err := filepath.Glob(filepath.Join(w.Dir, duck.StageDir, "sample", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("the stage has no files", err)
	}
	for _, name := range files {
		if err := os.Chtimes(name, noon, noon); err != nil {
			t.Fatal(err)
		}
	}
	if outcome, _ := run(t, openLab(t, w.Dir), Request{}); outcome.Status != "nothing" {
		t.Errorf("the run was %+v", outcome)
	}
}

// someone is a customer of the small shop, with a row of the tabular data.
func someone(t *testing.T, w *Workspace, at int) string {
	t.Helper()
	return query(t, w, fmt.Sprintf("SELECT UUID FROM TABULAR_DATA ORDER BY UUID LIMIT 1 OFFSET %d", at))[0]
}

func TestANewFileIsReadAloneMergedAndRetrained(t *testing.T) {
	w := newLab(t)
	id := someone(t, w, 0)
	before := query(t, w, "SELECT COUNT(*) FROM REVIEWS")
	drop(t, w, "tomorrow.txt", fmt.Sprintf("%q,%q\n%q,%q\n", id, "An earlier word.", id, "My last word: it broke after a day."))
	if r := assess(t, w).Step("read").Reason; r != "its input changed" {
		t.Errorf("read is stale because %q", r)
	}
	_, events := run(t, w, Request{})

	progress := body[Progress](t, events, "read", KindProgress)
	info, _ := os.Stat(filepath.Join(w.Dir, duck.StageDir, "tomorrow.txt"))
	if last := progress[len(progress)-1]; last.Total != info.Size() {
		t.Errorf("%d bytes were read, the new file has %d", last.Total, info.Size())
	}
	classified := body[Progress](t, events, "quality", KindProgress)
	if first, last := firstWith(classified, "reviews"), classified[len(classified)-1]; first.Done != last.Total-2 {
		t.Errorf("classification went from %d to %d texts, want the 2 new ones alone", first.Done, last.Total)
	}
	if got := query(t, w, "SELECT REVIEW_TEXT FROM REVIEWS WHERE UUID = ?", id); !slices.Equal(got, []string{"My last word: it broke after a day."}) {
		t.Errorf("the review is %q now", got)
	}
	if after := query(t, w, "SELECT COUNT(*) FROM REVIEWS"); !slices.Equal(after, before) {
		t.Errorf("the table went from %v to %v reviews", before, after)
	}
	superseded := query(t, w, "SELECT FILE, LINE, REASON FROM QUARANTINE WHERE STEP = 'save' ORDER BY FILE, LINE")
	if !slices.Contains(superseded, "tomorrow.txt 1 superseded by a later record of the same UUID") {
		t.Errorf("superseded are %q", superseded)
	}
	if facts := body[StepFinished](t, events, "register", KindStepFinished)[0].Facts; facts["version"] != "V2" {
		t.Errorf("the new model is %v", facts["version"])
	}
}

func firstWith(all []Progress, unit string) Progress {
	for _, p := range all {
		if p.Unit == unit {
			return p
		}
	}
	return Progress{}
}

func TestARemovedFileTakesItsRecordsButNotTheReviews(t *testing.T) {
	w := newLab(t)
	id := someone(t, w, 1)
	drop(t, w, "extra/more.txt", fmt.Sprintf("%q,%q\n", id, "Short lived."))
	run(t, w, Request{To: "save"})
	if err := os.Remove(filepath.Join(w.Dir, duck.StageDir, "extra/more.txt")); err != nil {
		t.Fatal(err)
	}
	_, events := run(t, w, Request{To: "save"})
	if !logged(t, events, "read", "left the stage") {
		t.Error("the log does not say that a file is gone")
	}
	if n := query(t, w, "SELECT COUNT(*) FROM REVIEW_RECORDS WHERE FILE = 'extra/more.txt'"); n[0] != "0" {
		t.Errorf("%v records of the removed file stayed", n)
	}
	// What the stage says now counts again.
	if got := query(t, w, "SELECT COUNT(*) FROM REVIEWS WHERE REVIEW_TEXT = 'Short lived.'"); got[0] != "0" {
		t.Errorf("the sample's own review did not come back")
	}
}

func TestScopes(t *testing.T) {
	w := newLab(t)
	all := StepIDs()
	tests := []struct {
		name string
		req  Request
		want []string
	}{
		{"--from explain runs it and all after it", Request{From: "explain"}, []string{"explain", "jobs", "automate", "dashboard"}},
		{"--from register", Request{From: "11"}, []string{"register", "explain", "jobs", "automate", "dashboard"}},
		{"--to parse when all is fresh", Request{To: "parse"}, nil},
		{"--from join --to encode", Request{From: "join", To: "encode"}, []string{"join", "encode"}},
		{"a named step when all is fresh", Request{Steps: []string{"dashboard"}}, nil},
		{"--all --to read", Request{All: true, To: "read"}, []string{"setup", "read"}},
	}
	for _, test := range tests {
		if got := finishedSteps(t, w, test.req); !slices.Equal(got, test.want) {
			t.Errorf("%s: did %v, want %v", test.name, got, test.want)
		}
	}
	set(t, w, "train.eta=0.3", "automate.minutes=60")
	if got := finishedSteps(t, w, Request{Steps: []string{"register"}}); !slices.Equal(got, []string{"train", "register"}) {
		t.Errorf("a named step and what it needs: did %v", got)
	}
	if got := finishedSteps(t, w, Request{}); !slices.Equal(got, []string{"explain", "jobs", "automate"}) {
		t.Errorf("the rest: did %v of %v", got, all)
	}
	_, err := w.Run(t.Context(), Request{Steps: []string{"trian"}}, nil)
	refused(t, err, "did you mean train?", "")
	if !IsUsage(err) {
		t.Error("an unknown step is not wrong usage")
	}
}

func TestAFailedStepBlocksWhatNeedsIt(t *testing.T) {
	w := newLab(t)
	set(t, w, "quality.template=no place for a label")
	outcome, events, err := try(t, w, Request{})
	if err == nil || outcome.Status != "failed" {
		t.Fatalf("outcome %+v, %v", outcome, err)
	}
	state := assess(t, w)
	if s := state.Step("quality"); s.Status != Failed || s.Error == "" {
		t.Errorf("quality is %s, %q", s.Status, s.Error)
	}
	if s := state.Step("save"); s.Status != Blocked || s.Reason != "waits for quality" {
		t.Errorf("save is %s, %q", s.Status, s.Reason)
	}
	if s := state.Step("explain"); s.Status != Blocked {
		t.Errorf("explain is %s", s.Status)
	}
	if s := state.Step("parse"); s.Status != Done {
		t.Errorf("parse is %s", s.Status)
	}
	if skipped := body[StepSkipped](t, events, "save", KindStepSkipped); len(skipped) != 1 || skipped[0].Reason != "quality did not finish" {
		t.Errorf("save was skipped with %v", skipped)
	}
	set(t, w, "quality.template="+valueByDefault("quality", "template"))
	if got := finishedSteps(t, w, Request{}); !slices.Equal(got, []string{"quality"}) {
		t.Errorf("with the old template back the run did %v", got)
	}
}

func valueByDefault(step, name string) string {
	p, _ := mustStep(step).Param(name)
	return p.Default
}

func TestTablesThatAreGoneAreMadeAgain(t *testing.T) {
	w := newLab(t)
	want := tables(t, w)
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(w.Dir, duck.FileName)); err != nil {
		t.Fatal(err)
	}
	w = openLab(t, w.Dir)
	run(t, w, Request{Steps: tabled})
	sameTables(t, tables(t, w), want)
}

func TestRunsFoldInTheOrderInWhichTheyBegan(t *testing.T) {
	w := newLab(t)
	before := statuses(assess(t, w))
	// Runs of one second, and a job that was submitted first but had to wait.
	at := time.Now().UTC().Truncate(time.Second).Add(time.Hour)
	w.Clock = func() time.Time { return at }
	job := w.newRunID()
	if err := os.Mkdir(filepath.Join(w.runsDir(), job), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, eta := range []string{"0.2", "0.3", "0.4"} {
		w.Clock = func() time.Time { return at.Add(time.Duration(i+1) * time.Millisecond) }
		set(t, w, "train.eta="+eta)
		run(t, w, Request{To: "train"})
	}
	w.Clock = func() time.Time { return at.Add(time.Second / 2) }
	set(t, w, "train.eta=0.1")
	run(t, w, Request{ID: job, To: "train"})
	runs, _ := w.Runs()
	if n := len(runs); n != 5 || !slices.IsSorted(runs) || runs[1] != job {
		t.Errorf("the runs are %v, the job %s", runs, job)
	}
	if s := assess(t, w).Step("train"); s.Run != job || s.Status != Done {
		t.Errorf("train is %s by run %s, the last was %s", s.Status, s.Run, job)
	}
	if got := statuses(assess(t, w)); !maps.Equal(got, before) {
		t.Errorf("the lab is %v", got)
	}
}

func TestARunThatTheStateRestsOnStays(t *testing.T) {
	w := newLab(t)
	first, _ := w.Runs()
	refused(t, w.RemoveRun(first[0]), "rests on run", "Run that step again")
	refused(t, w.RemoveRun(first[0][:8]), "there is no run", "")
	for range 2 {
		run(t, w, Request{From: "explain"})
	}
	runs, _ := w.Runs()
	if err := w.RemoveRun(runs[1]); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(w.runsDir(), runs[1])); !errors.Is(err, os.ErrNotExist) {
		t.Error("the removed run is still there")
	}
	if outcome, _ := run(t, w, Request{}); outcome.Status != "nothing" {
		t.Errorf("after removing a run: %+v", outcome)
	}
	if !strings.HasPrefix(runs[2], "20") {
		t.Errorf("run id %q", runs[2])
	}
}
