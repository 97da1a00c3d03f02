package tui

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"willbuy/pipeline"
	"willbuy/views"
)

func TestNothingOverflowsAtAnySize(t *testing.T) {
	dir := lab(t, 11)
	b := newBench(t, dir)
	for width := 1; width <= 150; width += 7 {
		for height := 1; height <= 45; height += 4 {
			b.send(tea.WindowSizeMsg{Width: width, Height: height})
			for i, m := range modes {
				b.modal, b.cover, b.form, b.note = 0, nil, nil, note{}
				if width >= leastWidth && height >= leastHeight {
					b.press("g", fmt.Sprint(2+(width+i)%8))
					b.chooseTab(views.Tab((height + i) % len(views.Tabs)))
					b.press("end")
					b.in(m)
				}
				b.warn("something long to say about what has happened, " + strings.Repeat("and more ", 20))
				lines := strings.Split(b.View().Content, "\n")
				if len(lines) > height {
					t.Fatalf("%d×%d in mode %d: %d lines", width, height, m, len(lines))
				}
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > width {
						t.Fatalf("%d×%d in mode %d: a line of %d cells: %q", width, height, m, w, line)
					}
				}
			}
		}
	}
}

func TestAScreenTooSmallSaysSo(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.send(tea.WindowSizeMsg{Width: 39, Height: 10})
	if !strings.Contains(strings.ReplaceAll(b.screen(), "\n", " "), "needs 40×10, this is 39×10.") {
		t.Fatalf("it says %q", b.screen())
	}
}

func TestALongMessageIsWrappedAndItsCutIsSeen(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	b.warn("open the workspace /somewhere/far: permission denied. Choose a folder that you may write to with --workspace DIR.")
	b.mustShow("\n you may write to with --workspace DIR.")
	b.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	b.warn(strings.Repeat("word ", 60))
	b.mustShow("word …\n enter")
}

func TestTheNarrowFormStillSaysHowToSave(t *testing.T) {
	b := newBench(t, lab(t, 15)).in(inForm)
	b.send(tea.WindowSizeMsg{Width: 40, Height: 12})
	b.mustShow("esc leave all as it was")
}

func TestTheRailGivesWayToThePane(t *testing.T) {
	b := newBench(t, lab(t, 4))
	for _, c := range []struct{ width, rail int }{{200, railWide}, {130, railWide}, {129, railFull}, {100, railFull}, {99, railStrip}, {80, railStrip}, {60, railStrip}, {59, 0}, {40, 0}} {
		b.send(tea.WindowSizeMsg{Width: c.width, Height: 24})
		if l := b.layout(); l.rail != c.rail || l.pane.x+l.pane.width+1 != c.width {
			t.Errorf("%d columns: rail %d, pane from %d for %d", c.width, l.rail, l.pane.x, l.pane.width)
		}
	}
}

func TestAnyNonEmptyNoColorMeansNoColours(t *testing.T) {
	for _, value := range []string{"1", "yes", "0", "false"} {
		if s, _, err := schemeOf("light", refusesColors(Options{}, value)); s != mono || err != nil {
			t.Errorf("NO_COLOR=%s gives scheme %v, %v", value, s, err)
		}
	}
	if _, _, err := schemeOf("sepia", false); !pipeline.IsUsage(err) {
		t.Errorf("an unknown theme gives %v", err)
	}
	b := newBench(t, lab(t, 15))
	b.scheme = mono
	for _, keys := range []string{"5", "8", "g 1 0", "] ]", "?"} {
		b.press(strings.Fields(keys)...)
		for _, color := range []string{"\x1b[38", "\x1b[48", ";38;", ";48;", "\x1b[3", "\x1b[4"} {
			for _, escape := range strings.SplitAfter(b.View().Content, "m") {
				if i := strings.LastIndex(escape, "\x1b["); i >= 0 && strings.HasPrefix(escape[i:], color) && escape[i:] != "\x1b[4m" && escape[i:] != "\x1b[3m" {
					t.Fatalf("after %s: a colour: %q", keys, escape[i:])
				}
			}
		}
	}
}

func TestTheTerminalChoosesLightOrDarkUnlessTold(t *testing.T) {
	b := newBench(t, t.TempDir())
	white := tea.BackgroundColorMsg{Color: ansi.BrightWhite}
	b.send(white)
	if b.scheme != dark {
		t.Error("the theme that was asked for gave way")
	}
	b.fixed = false
	b.send(white)
	if b.scheme != light {
		t.Error("a white terminal gets the dark theme")
	}
}

func TestTheMouseChoosesStepsAndTabs(t *testing.T) {
	b := newBench(t, lab(t, 4))
	find := func(text string) (x, y int) {
		for y, line := range strings.Split(b.screen(), "\n") {
			if before, _, ok := strings.Cut(line, text); ok {
				return ansi.StringWidth(before), y
			}
		}
		t.Fatalf("no %q on the screen", text)
		return 0, 0
	}
	x, y := find("10 Train")
	b.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	if b.step.ID != "train" || b.focus != onRail {
		t.Fatalf("a click on Train chose %s", b.step.ID)
	}
	for i, name := range views.Tabs {
		x, y = find(name)
		b.send(tea.MouseClickMsg{X: x + 1, Y: y, Button: tea.MouseLeft})
		if b.tab != views.Tab(i) || b.focus != onPane {
			t.Fatalf("a click on %s chose tab %d", name, b.tab)
		}
	}
}

func TestTheMouseChoosesRows(t *testing.T) {
	b := newBench(t, lab(t, 15))
	for _, c := range []struct {
		keys, row string
		want      int
	}{{"8", "id-d", 3}, {"g 1 0 ] ]", "eta ", slices.IndexFunc(must(pipeline.FindStep("train")).Params, func(p pipeline.Param) bool { return p.Name == "eta" })}} {
		b.press(strings.Fields(c.keys)...)
		for y, line := range strings.Split(b.screen(), "\n") {
			if before, _, ok := strings.Cut(line, c.row); ok {
				b.send(tea.MouseClickMsg{X: ansi.StringWidth(before), Y: y, Button: tea.MouseLeft})
				break
			}
		}
		if b.here().cursor != c.want || b.focus != onPane {
			t.Errorf("%s: a click on %q chose row %d, not %d", c.keys, c.row, b.here().cursor, c.want)
		}
	}
}

func TestTheWheelScrollsWhatIsUnderThePointer(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("8", "tab")
	b.send(tea.MouseWheelMsg{X: 3, Y: 6, Button: tea.MouseWheelDown})
	if b.step.ID != "encode" || b.focus != onPane {
		t.Errorf("over the rail it goes to %s", b.step.ID)
	}
	b.send(tea.MouseWheelMsg{X: 60, Y: 20, Button: tea.MouseWheelDown})
	if b.here().cursor != wheelLines || b.step.ID != "encode" {
		t.Errorf("over the grid it goes to row %d of %s", b.here().cursor, b.step.ID)
	}
}

func TestDataNeverReachesTheTerminalRaw(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.press("4", "[")
	b.warn("an error about \x1b]0;title\x07 something")
	if text := b.View().Content; strings.Contains(text, "\x1b[31mcolour") || strings.Contains(text, "\x07") {
		t.Fatal("an escape of the data is on the screen")
	}
}

func TestStderrComesAsLinesAndIsGivenBack(t *testing.T) {
	lines := make(chan string, 3)
	restore, err := captureStderr(func(line string) { lines <- line })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(2, []byte("first\nsecond\n")); err != nil { // as a C library does
		t.Error(err)
	}
	if a, b := <-lines, <-lines; a != "first" || b != "second" {
		t.Errorf("it said %q and %q", a, b)
	}
	kept, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	real := os.Stderr
	os.Stderr = kept
	restore()
	os.Stderr = real
	if text, _ := os.ReadFile(kept.Name()); string(text) != "first\nsecond\n" {
		t.Errorf("afterwards %q was printed", text)
	}
}

func TestTheHelpScrollsToItsEnds(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.send(tea.WindowSizeMsg{Width: 80, Height: 16})
	b.press("?")
	b.mustShow("Keys", "[1-9 of ")
	b.press("end")
	b.mustShow("The mouse works too")
	b.press("home", "down", "pgdown")
	if h := b.cover.(*help); h.top != 1+h.room {
		t.Errorf("down and pgdn are %d lines down", h.top)
	}
}
