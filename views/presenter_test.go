package views

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

func TestNotesAreFoundByTitleNumberAndId(t *testing.T) {
	n := ReadNotes("Welcome.\n\n# Setup\nfirst\n\n## 5. Quality (4 min)\r\nfifth\n# train (90 s)\n# A word on Save (1.5 min)\nsixth\n# The end\nlast words\n")
	for id, want := range map[string]note{
		"setup":   {lines: []string{"first"}},
		"quality": {lines: []string{"fifth"}, plan: 4 * time.Minute},
		"train":   {plan: 90 * time.Second},
		"save":    {lines: []string{"sixth"}, plan: 90 * time.Second},
	} {
		if got := n.steps[id]; got.plan != want.plan || strings.Join(got.lines, "|") != strings.Join(want.lines, "|") {
			t.Errorf("%s: %+v, not %+v", id, got, want)
		}
	}
	if got := strings.Join(n.general, "|"); got != "Welcome.|last words" || n.Whole() != 7*time.Minute {
		t.Errorf("to no step belongs %q, planned are %v", got, n.Whole())
	}
}

func FuzzReadNotes(f *testing.F) {
	f.Add("# Setup (2 min)\n- a\n# 5\n")
	f.Add("# (99999999999999999999999 min)\n\x1b]0;x\x07\xff")
	f.Add("#\n##  \n# \u202e Train (1e9 s)")
	step, err := pipeline.FindStep("train")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range NotesStrip(ReadNotes(text), step, Watch{Step: time.Minute, Whole: time.Hour}, 40, 8, chart.NoColor) {
			if plain := ansi.Strip(line); strings.ContainsAny(plain, "\x1b\x07\r\n\u202e") {
				t.Errorf("raw in %q", plain)
			}
		}
	})
}

func TestNotesThatDoNotFitAreSeenToBeCut(t *testing.T) {
	n := ReadNotes("# Setup\n" + strings.Repeat("one more line\n", 20))
	lines := NotesStrip(n, pipeline.Steps[0], Watch{}, 60, 6, chart.NoColor)
	if len(lines) != 6 || !strings.HasSuffix(lines[5], "…") {
		t.Errorf("%q", lines)
	}
}

func TestBeforeAnAudienceRowsStandApart(t *testing.T) {
	s := &sheet{f: Frame{State: &pipeline.State{}, Step: pipeline.Steps[0], Height: 20, Width: 40}, lines: []string{"head", "a", "b", "c", "foot"}, chosen: 2}
	s.choosable(3, 1, 1, 1)
	s.spread()
	if got := strings.Join(s.lines, "|"); got != "head|a||b||c||foot" || s.chosen != 3 || s.list.lines[2] != 5 {
		t.Errorf("%s, chosen %d, rows %v", got, s.chosen, s.list.lines)
	}
	s = &sheet{f: Frame{State: &pipeline.State{}, Step: pipeline.Steps[0], Height: 9, Width: 40}, lines: []string{"head", "a", "b", "c", "foot"}, chosen: -1}
	s.choosable(3, 1, 1, -1)
	s.spread()
	if len(s.lines) != 5 {
		t.Errorf("without room it is %q", s.lines)
	}
}
