package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"willbuy/pipeline"
)

// The journeys go through the workbench as people do: keys in, and what the
// screen shows, in the order in which it comes.

func TestJourneyThroughTheWholeLabByKeysAlone(t *testing.T) {
	dir := t.TempDir()
	w := openWorkbench(t, dir)
	w.shows("The lab's data is made.", "1 of 15 done")
	w.press("e")
	w.shows("Choose a parameter", "▸   rows")
	w.press("e")
	w.shows("enter save")
	w.press("ctrl+u", "60", "enter")
	w.shows("rows is now 60. Stale now: Setup.")
	w.press("enter")
	w.shows("1 of 15 done", "60 customers", "1 step done in ")
	found := map[string]string{ // something that only the step's own pane says
		"cluster": "reviews", "read": "FILE", "parse": "in quarantine", "quality": "What the reviews are", "save": "inserted", "sentiment": "By language",
		"join": "customers have a review", "encode": "text columns encoded", "train": "rounds", "register": "V1", "explain": "What moves predictions",
		"jobs": "What can be submitted", "automate": "refresh_reviews", "dashboard": "By product type",
	}
	for i, step := range pipeline.Steps[1:] {
		w.press("n")
		w.shows(fmt.Sprintf("▸ ·%3d %s", step.Number(), step.Title), step.Question)
		w.press("enter")
		w.shows(fmt.Sprintf("%d of 15 done", i+2), fmt.Sprintf("▸ ✓%3d %s", step.Number(), step.Title), found[step.ID], "1 step done in ")
	}
	w.quits()
	for step, state := range states(t, dir) {
		if state != "done" {
			t.Errorf("step %s is %s", step, state)
		}
	}
}

func TestJourneyToAnotherEtaAndBackAndThere(t *testing.T) {
	w := openWorkbench(t, ownLab(t))
	w.shows("15 of 15 done")
	w.press("ctrl+p")
	w.shows("a command, a step, a view, a parameter")
	w.press("eta")
	w.shows("▸ parameter  eta")
	w.press("enter")
	w.shows("10 Train", "enter save", "eta = 0.1")
	w.press("ctrl+u", "7")
	w.shows("eta must")
	w.press("ctrl+u", "0.3")
	w.shows("makes stale: Train, Register, Explain")
	w.press("enter")
	w.shows("eta is now 0.3. Stale now: Train, Register, Explain, Jobs, Automate.", "~ 10 Train", "~ 14 Automate")
	w.press("u")
	w.shows("eta is now 0.1 again.", "15 of 15 done")
	w.press("e")
	w.shows("enter save")
	w.press("ctrl+u", "0.3", "enter")
	w.shows("~ 10 Train")
	w.press("a")
	w.shows("15 of 15 done", "5 steps done")
	w.press("g", "11")
	w.shows("11 Register", "V2", "V1")
	w.quits()
}

func TestJourneyToTheRowsOneLooksFor(t *testing.T) {
	dir := ownLab(t)
	count := func(where string) string {
		return fmt.Sprint(willbuy(t, dir, "sql", "SELECT COUNT(*) AS N FROM JOINED_DATA WHERE "+where, "--json").must(t).objects(t)[0]["N"])
	}
	slow := count("PAGE_LOAD_TIME > 3")
	w := openWorkbench(t, dir)
	w.shows("15 of 15 done")
	w.press("8", "tab")
	w.shows("▸Rows", "[1-", "/ filter")
	w.until(func(screen string) bool { // until the rows are read, / says that they are not
		asked := strings.Contains(screen, "esc leave it as it was")
		if !asked {
			w.press("/")
		}
		return asked
	}, "the filter")
	w.press("ctrl+u", "PAGE_LOAD_TIM > 3", "enter")
	w.shows("PAGE_LOAD_TIM > 3", "not found") // said where it was typed
	w.press("ctrl+u", "PAGE_LOAD_TIME > 3", "enter")
	w.shows("▾ where PAGE_LOAD_TIME > 3", " of "+slow+" of ")
	w.press("right", "=") // the product of the first row
	w.shows("PRODUCT_TYPE = ")
	product := regexp.MustCompile(`PRODUCT_TYPE = '?([a-z]+( [a-z]+)*)`).FindStringSubmatch(w.screen())[1]
	w.shows(" of " + count("PAGE_LOAD_TIME > 3 AND PRODUCT_TYPE = '"+product+"'") + " of ")
	w.press("enter")
	w.shows("Row 1 ", "JOINED_DATA, ", product)
	w.press("esc")
	w.hides("JOINED_DATA, ")
	w.press("esc")
	w.shows(" of " + slow + " of ")
	w.press("esc")
	w.hides("▾ where")
	w.press("esc")
	w.shows("tab pane") // the rail has the keys again
	w.quits()
}

func TestJourneyToWhatAnotherPageLoadWouldDo(t *testing.T) {
	w := openWorkbench(t, ownLab(t))
	w.shows("15 of 15 done")
	w.press("g", "12", "V", "V", "tab")
	w.shows("▸What-if", "this customer", "buys with", "(truth)")
	before := regexp.MustCompile(`buys with [0-9.]+%`).FindString(w.screen())
	w.press("down", "down", "down", "right", "right")
	w.shows("▸ page load", " s → ", before+" → ", "if everybody had it", "This is what the model expects")
	w.press("f")
	w.shows("smallest change   ", ", proven")
	w.press("esc")
	w.hides(" points ")
	w.shows(before)
	w.quits()
}

func TestJourneyByThePalette(t *testing.T) {
	w := openWorkbench(t, ownLab(t))
	w.shows("15 of 15 done")
	w.press(":")
	w.shows("a command, a step, a view, a parameter")
	w.press("dshbrd")
	w.shows("Dashboard")
	w.press("enter")
	w.shows("▸ ✓ 15 Dashboard", "By product type")
	w.press("ctrl+p", "xyzzyx")
	w.shows("Nothing is called that.")
	w.press("ctrl+u", "JOINED_DATA")
	w.shows("table")
	w.press("enter")
	w.shows("▸ ✓  8 Join", "▸Rows")
	w.press("ctrl+p", "cancel the run")
	w.press("enter")
	w.shows("─ Nothing runs. ")
	w.press("esc")
	w.hides("cancel the run")
	w.quits()
}

func TestJourneyThroughAStormOfSizes(t *testing.T) {
	dir := t.TempDir()
	willbuy(t, dir, "run", "setup", "--set", "setup.rows=200", "--set", "train.min_child_weight=5").must(t)
	w := openWorkbench(t, dir)
	w.shows("1 of 15 done")
	w.press("a")
	w.shows("2 Cluster", "running")
	random := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		w.resize(20+random.IntN(181), 6+random.IntN(55))
	}
	w.resize(120, 40)
	w.shows("15 of 15 done", "14 steps done")
	w.press("g", "10")
	w.shows("▸ ✓ 10 Train")
	calm := openWorkbench(t, dir) // draws the same screen without having been through anything
	calm.shows("15 of 15 done")
	calm.press("g", "10")
	want := func() string { return pane(calm.screen()) }
	calm.shows("▸ ✓ 10 Train", "Look:")
	w.until(func(screen string) bool { return pane(screen) == want() }, "the screen that one without the storm has,\n"+want()+"\nbut")
	calm.quits()
	w.quits()
}

// pane is the part of a screen right of the rail, without what is above and below.
func pane(screen string) string {
	lines := strings.Split(screen, "\n")
	var out []string
	for _, line := range lines[2 : len(lines)-3] {
		_, right, _ := strings.Cut(line, "│")
		out = append(out, strings.TrimRight(right, " "))
	}
	return strings.Join(out, "\n")
}

func TestJourneyOnAfterAKill(t *testing.T) {
	dir := t.TempDir()
	willbuy(t, dir, "run", "setup", "--set", "setup.rows=300", "--set", "train.min_child_weight=5").must(t)
	w := openWorkbench(t, dir)
	w.shows("1 of 15 done")
	w.press("a")
	w.until(regexp.MustCompile(`5 Quality +runs [1-9]`).MatchString, "the first reviews")
	w.cmd.Process.Kill()
	w.cmd.Wait()

	w = openWorkbench(t, dir)
	w.shows("4 of 15 done", "◦  5 Quality")
	w.press("5")
	w.shows("interrupted", "r goes on")
	w.press("r")
	w.shows("5 of 15 done", "298 reviews", "1 step done in ")
	w.press("a")
	w.shows("15 of 15 done")
	w.quits()
	if ids := willbuy(t, dir, "sql", "SELECT COUNT(*) - COUNT(DISTINCT UUID) AS N FROM REVIEWS", "--json").must(t).objects(t); fmt.Sprint(ids[0]["N"]) != "0" {
		t.Errorf("reviews that were scored twice: %v", ids)
	}
}

func TestJourneyThroughARecordedRunAndBack(t *testing.T) {
	dir := ownLab(t)
	runs := func() []string {
		all, err := filepath.Glob(filepath.Join(dir, "willbuy-lab", "runs", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := len(runs())
	w := openWorkbench(t, dir)
	w.shows("15 of 15 done")
	w.press("7", "R")
	w.shows("Recorded runs", "with willbuy")
	w.press("down", "enter")
	w.shows("replay", "pause", "event ")
	w.press("space")
	w.shows("paused")
	w.press("end")
	w.shows("■ end", "15 of 15 done", "1,991 customers")
	w.press("g", "10")
	w.shows("▸ ▶ 10 Train", "9 of 15 done")
	w.press("a")
	w.shows("This is a replay; esc leaves it.")
	w.press("esc")
	w.hides("This is a replay")
	w.press("esc")
	w.shows("▸ ✓  7 Sentiment", "15 of 15 done")
	w.hides("replay")
	w.quits()
	if after := len(runs()); after != before {
		t.Errorf("watching recorded %d runs", after-before)
	}
}
