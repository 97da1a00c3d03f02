package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"willbuy/pipeline"
	"willbuy/testdata/demo"
)

// talk lets the plain mode read a script in a workspace, and gives what it
// wrote and the error at its end.
func talk(t *testing.T, dir, script string) (string, error) {
	t.Helper()
	ws, err := pipeline.OpenWorkspace(dir, &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = RunPlain(t.Context(), ws, PlainOptions{Version: "test", In: strings.NewReader(script), Out: &out, Demo: demo.Events})
	return out.String(), err
}

func TestPlainModeTellsALineAtATime(t *testing.T) {
	dir := lab(t, 4)
	for _, c := range []struct {
		script string
		want   []string
	}{
		{"status", []string{"4 Parse: done, 1.5 s, 2,000 rows.", "5 Quality: failed, the disk is full.", "6 Save: blocked (waits for quality)."}},
		{"", []string{}},
		{"5", []string{"5 Quality: failed: the disk is full. Free some."}},
		{"go join", []string{"8 Join: blocked"}},
		{"4\nnext", []string{"4 Parse: done in", "Look: ", "5 Quality: failed"}},
		{"15\nn", []string{"This is the last step."}},
		{"quality\nwhy", []string{"zero-shot"}},
		{"w\n3\ncode", []string{"> code"}},
		{"10\nparams", []string{"train.eta is 0.1"}},
		{"set train.eta=0.3\n10\ne", []string{"train.eta is now 0.3.", "train.eta is 0.3, by default 0.1"}},
		{"4\nchecks", []string{"Holds: rows add up."}},
		{"4\nlog", []string{`warning: a line with \x1b[31mcolour`}},
		{"4\ntable 2", []string{"Row 1: ", "Row 2: ", "2 of 2,000 rows of"}},
		{"runs", []string{firstRun + ": ", "failed in", "demo: the whole lab"}},
		{"replay demo", []string{"5 Quality: done in", "15 Dashboard: done in", "Run 2"}},
		{"replay last", []string{"5 Quality: failed after", "the disk is full."}},
		{"help", []string{"run [STEP ...]: Run this step and what it needs.", "all or a: Run everything that is new or stale.", "quit or q: "}},
	} {
		out, err := talk(t, dir, c.script)
		if err != nil {
			t.Errorf("%q: %v\n%s", c.script, err, out)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q does not tell %q:\n%s", c.script, want, out)
			}
		}
		if strings.ContainsAny(out, "\x1b\r\b\x07") {
			t.Errorf("%q draws: %q", c.script, out)
		}
	}
}

func TestPlainModeSaysWhatIsWrongAndGoesOn(t *testing.T) {
	dir := lab(t, 4)
	for script, want := range map[string]string{
		"stats":              "did you mean status?",
		"go qualty":          "did you mean quality?",
		"set train.eta=blue": "eta must be a number",
		"table some":         "table takes a number of rows",
		"sql":                "there is no query after sql",
		"sql SELECT 1":       errNoRows.Error(),
		"replay 1999":        `"1999" is not one run`,
	} {
		out, err := talk(t, dir, script+"\nstatus\n")
		if !strings.Contains(out, "Error: ") || !strings.Contains(out, want) || !strings.Contains(out, "15 Dashboard: ") {
			t.Errorf("%q is answered with\n%s", script, out)
		}
		if err == nil || !strings.Contains(err.Error(), "1 command") {
			t.Errorf("%q: a script that failed ends with %v", script, err)
		}
	}
}

func TestPlainModeEndsWithQuit(t *testing.T) {
	out, err := talk(t, lab(t, 4), "quit\nstatus\n")
	if err != nil || strings.Contains(out, "Dashboard") {
		t.Errorf("after quit it goes on: %v\n%s", err, out)
	}
}

func TestTheHelpOfPlainModeIsThatOfTheKeys(t *testing.T) {
	for _, c := range plainCommands() {
		if c.helpOf() == "" {
			t.Errorf("%s has no help: is there a key %q?", c.name, c.key)
		}
	}
}

func TestCtrlCTwiceLeavesPlainMode(t *testing.T) {
	ws, err := pipeline.OpenWorkspace(lab(t, 4), &noStore{})
	if err != nil {
		t.Fatal(err)
	}
	in, _ := io.Pipe() // somebody who types nothing
	interrupts := make(chan os.Signal, 2)
	interrupts <- os.Interrupt
	interrupts <- os.Interrupt
	var out bytes.Buffer
	err = RunPlain(t.Context(), ws, PlainOptions{In: in, Out: &out, Interrupts: interrupts})
	if !errors.Is(err, context.Canceled) || !strings.Contains(out.String(), "Ctrl-C again leaves") {
		t.Errorf("it ends with %v and says %q", err, out.String())
	}
	for _, want := range []string{"Will they buy?", "4 of 15 steps done", "5 Quality> "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the greeting lacks %q: %s", want, out.String())
		}
	}
}

func TestPlainModeLeavesNothingInAnEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	out, err := talk(t, dir, "status\nreplay demo\nruns\n5\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a workspace was made")
	}
	if !strings.Contains(out, "5 Quality: not run yet.") || !strings.Contains(out, "run runs it.") {
		t.Errorf("a new lab is told as\n%s", out)
	}
}
