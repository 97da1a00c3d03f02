package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDemoReplaysInAnEmptyFolderAndMakesNothing(t *testing.T) {
	dir := t.TempDir()
	cmd, terminal, screen := onTerminal(t, dir, "replay", "demo", "--speed", "max")
	screen.waitFor(t, "replay", "15 Dashboard", "event")
	for _, keys := range []string{"\x1b[H", "n", " ", "5", "\x1b[C"} {
		terminal.WriteString(keys)
	}
	screen.waitFor(t, "paused")
	terminal.WriteString("\r")
	screen.waitFor(t, "This is a replay")
	terminal.WriteString("q")
	if code := end(t, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it left %v, %v", entries, err)
	}
}

func TestTheDemoIsLinesWhereThereIsNoTerminal(t *testing.T) {
	r := willbuy(t, t.TempDir(), "replay", "demo", "--speed", "max", "--step", "train").must(t)
	contains(t, r.out, "10 Train: started", "10 Train: round 50: train ", "10 Train: done in")
	if strings.Contains(r.out, "Quality") {
		t.Error("another step is told")
	}
}

func TestPlainModeIsAConversationOnATerminal(t *testing.T) {
	dir := ownLab(t)
	cmd, terminal, screen := onTerminal(t, dir, "--plain")
	screen.waitFor(t, "Will they buy?", "15 of 15 steps done", "15 Dashboard> ")
	for _, c := range [][2]string{
		{"5", "5 Quality: done in"}, {"set train.eta=0.3", "Stale now: Train"}, {"run train", "10 Train: round 50"},
		{"whatif page_load_time=1", "purchases of 1,000 customers"}, {"sql SELECT COUNT(*) AS N FROM REVIEWS", "Row 1: N 1"},
		{"stats", "did you mean status?"}, {"help", "Run everything that is new or stale."},
	} {
		terminal.WriteString(c[0] + "\n")
		screen.waitFor(t, c[1])
	}
	terminal.WriteString("\x03")
	screen.waitFor(t, "Ctrl-C again leaves")
	terminal.WriteString("quit\n")
	if code := end(t, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(screen.String(), "\x1b") {
		t.Errorf("plain mode sends escape sequences: %q", screen.String())
	}
}

func TestCtrlCStopsARunOfPlainModeAndNotTheProgram(t *testing.T) {
	dir := t.TempDir()
	cmd, terminal, screen := onTerminal(t, dir, "--plain")
	screen.waitFor(t, "1 Setup> ")
	terminal.WriteString("all\n")
	screen.waitFor(t, "5 Quality: started")
	terminal.WriteString("\x03")
	screen.waitFor(t, "Stopping.", "What is done is kept; all goes on from here.")
	terminal.WriteString("status\nquit\n")
	screen.waitFor(t, "5 Quality: interrupted")
	if code := end(t, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPlainModeReadsAScript(t *testing.T) {
	dir := ownLab(t)
	r := willbuyReading(t, dir, "10\n8\ntable 1\nset train.eta=0.2\n", "--plain").must(t)
	contains(t, r.out, "STEP", "> 10", "10 Train: done in", "> table 1", "Row 1: ", "train.eta is now 0.2.")
	if states(t, dir)["train"] != "stale" {
		t.Error("the script changed nothing")
	}
	r = willbuyReading(t, dir, "nonsense\nstatus\n", "--plain")
	if r.code != exitFailed || !strings.Contains(r.out, "15 Dashboard") || !strings.Contains(r.err, "1 command of this input failed") {
		t.Errorf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	empty := t.TempDir()
	willbuy(t, empty, "--plain").must(t)
	if _, err := os.Stat(filepath.Join(empty, "willbuy-lab")); err == nil {
		t.Error("--plain without a script made a workspace")
	}
}
