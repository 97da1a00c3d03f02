package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
)

// presenting is a workbench before an audience.
func presenting(t testing.TB, dir string) *bench {
	t.Helper()
	b := newBench(t, dir)
	b.press("P")
	return b
}

// after moves the clock on.
func (b *bench) after(d time.Duration) {
	now := b.now().Add(d)
	b.now = func() time.Time { return now }
}

func TestPresentingHidesWhatDistractsAndGivesItBack(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.press("4")
	before := b.screen()
	b.press("P")
	for _, hidden := range []string{"Code", "Parameters", "enter run", "q quit", "lab: "} {
		if strings.Contains(b.screen(), hidden) {
			t.Errorf("%q is still there:\n%s", hidden, b.screen())
		}
	}
	b.mustShow("4 Parse", "Quality", "P back") // nobody is stuck
	b.press("P")
	if b.screen() != before {
		t.Errorf("the screen was\n%s\nand is\n%s", before, b.screen())
	}
}

func TestPressedKeysAreShownForAWhile(t *testing.T) {
	b := presenting(t, lab(t, 4))
	b.press("down", "4", "]")
	lines := strings.Split(b.screen(), "\n")
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, " ↓   4   ] ") {
		t.Errorf("the last line is %q", last)
	}
	b.after(castTime)
	b.send(castTick{})
	lines = strings.Split(b.screen(), "\n")
	if last := lines[len(lines)-1]; strings.TrimSpace(last) != "" {
		t.Errorf("after %v it is %q", castTime, last)
	}
}

func TestNotesAndTimesAreThoseOfTheStep(t *testing.T) {
	dir := lab(t, 4)
	text := "Hello all.\n\n# 5: Quality (2 min)\n- labels without *training*\n\x1b[31m\n## Parse (90 s)\nlook\n"
	if err := os.WriteFile(filepath.Join(dir, notesFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b := presenting(t, dir)
	if strings.Contains(b.screen(), "Notes") {
		t.Error("the notes are shown although nobody asked for them")
	}
	b.press("N", "5")
	b.after(30 * time.Second)
	b.send(watchTick{})
	b.mustShow("Notes  Quality 0:30 of 2:00", "whole 0:30 of 3:30", "- labels without *training*", `\x1b[31m`)
	b.press("4")
	b.after(100 * time.Second)
	b.send(watchTick{})
	b.mustShow("Parse 1:40 of 1:30, over by 0:10", "whole 2:10 of 3:30", "look")
	b.press("3")
	b.mustShow("Hello all.")
	b.press("N")
	if strings.Contains(b.screen(), "Hello all.") {
		t.Error("N does not hide the notes")
	}
}

func TestTheLabsNotesAreWrittenOnRequestAndNeverOver(t *testing.T) {
	dir := lab(t, 4)
	path := filepath.Join(dir, notesFile)
	b := presenting(t, dir)
	if _, err := os.Stat(path); err == nil {
		t.Fatal("presenting wrote notes")
	}
	b.press("W")
	if text, err := os.ReadFile(path); err != nil || string(text) != labNotes {
		t.Fatalf("W wrote %d bytes, %v", len(text), err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.press("W")
	if text, _ := os.ReadFile(path); string(text) != "mine" || !strings.Contains(b.note.text, "stays as it is") {
		t.Errorf("the notes are %q, and it says %q", text, b.note.text)
	}
}

func TestTheLabsNotesCoverEachStep(t *testing.T) {
	notes := views.ReadNotes(labNotes)
	for _, s := range pipeline.Steps {
		strip := ansi.Strip(strings.Join(views.NotesStrip(notes, s, views.Watch{}, 100, 20, *dark.theme()), "\n"))
		if !strings.Contains(strip, " of ") || strings.Contains(strip, "No notes") {
			t.Errorf("%s has no notes or no time: %s", s.Title, strip)
		}
	}
	if whole := notes.Whole(); whole < 30*time.Minute || whole > time.Hour {
		t.Errorf("the lab takes %v", whole)
	}
}

func TestTheSpotlightLeavesOneRowBright(t *testing.T) {
	b := presenting(t, lab(t, 15))
	b.press("8", "tab", "down", "down", "*")
	bright, rows := 0, 0
	for _, line := range strings.Split(b.View().Content, "\n") {
		_, row, _ := strings.Cut(line, "│")
		if !strings.Contains(row, "id-") {
			continue
		}
		rows++
		if !strings.Contains(row, "\x1b[2;") {
			bright++
			if !strings.Contains(ansi.Strip(row), "▸ id-c") || !strings.Contains(row, "\x1b[7m") {
				t.Errorf("bright, and its cell brightest, is %q", row)
			}
		}
	}
	if rows < 10 || bright != 1 {
		t.Errorf("%d of %d rows are bright", bright, rows)
	}
	b.press("esc")
	if b.presenter.spot || !b.presenter.on || b.focus != onPane {
		t.Error("esc ends more than the spotlight")
	}
}

func TestPresentingFitsEverySize(t *testing.T) {
	b := presenting(t, lab(t, 15))
	b.press("N", "*")
	for _, size := range [][2]int{{40, 12}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
		b.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, s := range pipeline.Steps {
			b.step = s
			lines := strings.Split(b.View().Content, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v %s: %d lines", size, s.ID, len(lines))
			}
			for _, line := range lines {
				if w := ansi.StringWidth(line); w > size[0] {
					t.Errorf("%v %s: %d cells in %q", size, s.ID, w, ansi.Strip(line))
				}
			}
		}
	}
}
