package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
)

func TestTwoPanesKeepTheirOwnPlaces(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("1", "]", "]", "tab", "down", "|")
	if len(b.windows) != 2 || b.window != b.windows[1] || b.here().cursor != 1 {
		t.Fatal("| does not open a copy beside")
	}
	b.press("9", "]", "tab", "tab")
	if b.window != b.windows[0] || b.step.ID != "setup" || b.tab != views.Parameters {
		t.Fatalf("the first pane shows %s, tab %d", b.step.ID, b.tab)
	}
	b.mustShow("1 Setup", "9 Encode")
	b.press("down", "tab")
	if b.step.ID != "encode" || b.tab != views.Checks || b.windows[0].places[view{step: "setup", tab: views.Parameters}].cursor != 2 {
		t.Fatal("a key went to the other pane")
	}
	b.press("tab")
	if b.focus != onRail {
		t.Fatal("tab does not come back to the rail")
	}
	b.press("shift+tab", "|")
	if len(b.windows) != 1 || b.step.ID != "encode" {
		t.Fatalf("| leaves %d panes, at %s", len(b.windows), b.step.ID)
	}
}

func TestTwoPanesWhereThereIsRoom(t *testing.T) {
	for _, c := range []struct {
		width, height int
		want          split
	}{{120, 24, beside}, {119, 40, below}, {80, 40, below}, {119, 39, alone}, {40, 10, alone}} {
		b := newBench(t, lab(t, 15))
		b.send(tea.WindowSizeMsg{Width: c.width, Height: c.height})
		b.press("|")
		if got := b.splits(); got != c.want {
			t.Errorf("%d×%d: they stand %d, not %d", c.width, c.height, got, c.want)
		}
		if c.want == alone && !strings.Contains(b.note.text, "Two panes need 120 columns or 40 lines") {
			t.Errorf("%d×%d: it says %q", c.width, c.height, b.note.text)
		}
	}
}

func TestZoomGivesThePaneTheScreen(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("1", "z")
	lines := strings.Split(b.screen(), "\n")
	if !strings.HasPrefix(lines[0], " 1 Setup") || len(lines) != 40 || strings.Contains(b.screen(), "Will they buy?") {
		t.Fatalf("the screen begins with %q and has %d lines", lines[0], len(lines))
	}
	b.mustShow("z back")
	b.say("Something.")
	b.mustShow("Something.")
	b.press("esc")
	if !b.zoomed {
		t.Fatal("esc took more away than the message")
	}
	b.press("esc")
	if b.zoomed || b.focus != onPane {
		t.Fatal("esc does not go back")
	}
	b.press("8", "z", "esc")
	if b.zoomed || b.focus != onPane {
		t.Fatal("esc does not go back from a grid")
	}
	b.press("1")
	for _, key := range []string{"z", "tab", "left"} {
		b.press("z", key)
		if b.zoomed {
			t.Errorf("%s stays in the zoom", key)
		}
		b.zoomed = false
	}
}

func TestNoSplitOverflows(t *testing.T) {
	b := newBench(t, lab(t, 11))
	b.press("8", "|")
	b.press("g", "t")
	for width := 40; width <= 200; width += 9 {
		for height := 10; height <= 60; height += 7 {
			for zoomed := range 2 {
				b.zoomed = zoomed == 1
				b.send(tea.WindowSizeMsg{Width: width, Height: height})
				lines := strings.Split(b.View().Content, "\n")
				if len(lines) != height {
					t.Fatalf("%d×%d: %d lines", width, height, len(lines))
				}
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > width {
						t.Fatalf("%d×%d: a line of %d cells: %q", width, height, w, ansi.Strip(line))
					}
				}
			}
		}
	}
}

func TestOnlyTheFollowingPaneGoesWithTheRun(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.press("|", "5")
	b.windows[0].follow = true
	b.lead(pipeline.Steps[2])
	if b.windows[0].step != pipeline.Steps[2] || b.windows[1].step != pipeline.Steps[4] {
		t.Error("both panes follow, or none")
	}
}

func TestTheMouseActsOnThePaneItIsIn(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(tea.WindowSizeMsg{Width: 120, Height: 12})
	b.press("1", "]", "]", "|", "9")
	second := b.layout().pane
	b.send(tea.MouseWheelMsg{X: 20, Y: 6, Button: tea.MouseWheelDown})
	if b.windows[0].places[view{step: "setup", tab: views.Parameters}].top != wheelLines || b.here().top != 0 {
		t.Error("the wheel over the first pane does not scroll it")
	}
	b.send(tea.MouseClickMsg{X: 20, Y: 2, Button: tea.MouseLeft})
	if b.window != b.windows[0] {
		t.Error("a click does not choose the first pane")
	}
	b.send(tea.MouseClickMsg{X: second.x + 2, Y: second.y, Button: tea.MouseLeft})
	if b.window != b.windows[1] || b.focus != onPane {
		t.Error("a click does not choose the second pane")
	}
}

func TestWhatIsDraggedOverIsCopied(t *testing.T) {
	b := newBench(t, lab(t, 15))
	var got string
	b.clipboard = func(text string) error { got = text; return nil }
	b.press("8")
	p := b.layout().pane
	b.send(tea.MouseClickMsg{X: p.x, Y: p.y, Button: tea.MouseLeft})
	b.send(tea.MouseMotionMsg{X: p.x + 5, Y: p.y, Button: tea.MouseLeft})
	if !strings.Contains(b.View().Content, "\x1b[7m8 Join") {
		t.Error("what is selected is not shown in reverse")
	}
	b.send(tea.MouseReleaseMsg{X: p.x + 5, Y: p.y, Button: tea.MouseLeft})
	if got != "8 Join" || b.note.text != "Copied 6 characters to the clipboard." {
		t.Errorf("it copied %q and said %q", got, b.note.text)
	}
	b.send(tea.MouseClickMsg{X: p.x + 2, Y: p.y + 1, Button: tea.MouseLeft})
	b.send(tea.MouseMotionMsg{X: p.x + 500, Y: p.y - 9, Button: tea.MouseLeft})
	b.send(tea.MouseReleaseMsg{Button: tea.MouseLeft})
	if lines := strings.Split(got, "\n"); len(lines) != 2 || b.note.text != "Copied 2 lines to the clipboard." {
		t.Errorf("upwards and out of the pane it copied %q", got)
	}
	got = ""
	b.send(tea.MouseClickMsg{X: p.x, Y: p.y, Button: tea.MouseLeft})
	b.send(tea.MouseMotionMsg{X: p.x + 1, Y: p.y, Button: tea.MouseLeft})
	b.send(tea.MouseReleaseMsg{X: p.x + 1, Y: p.y, Button: tea.MouseLeft})
	if got != "" {
		t.Errorf("a mere click copied %q", got)
	}
}

func TestCopyingSaysWhatTrulyHappened(t *testing.T) {
	b := newBench(t, t.TempDir())
	t.Setenv("TMUX", "")
	b.clipboard = nil
	b.do(b.copy("a\nb\nc", "3 lines"))
	if want := "Asked the terminal to copy 3 lines (OSC 52); it does not answer, so this is not certain."; b.note.text != want {
		t.Errorf("without a tool it says %q", b.note.text)
	}
	b.do(b.copy(strings.Repeat("x", most52+1), "all"))
	if !strings.Contains(b.note.text, "It is 75 kB; many terminals take 74 at most.") {
		t.Errorf("of much text it says %q", b.note.text)
	}
	b.clipboard = func(string) error { return errNoRows }
	b.do(b.copy("a", "it"))
	if !strings.Contains(b.note.text, "not certain") {
		t.Errorf("when the tool fails it says %q", b.note.text)
	}
	b.clipboard = func(string) error { return nil }
	b.do(b.copy("a", "it"))
	if b.note.text != "Copied it to the clipboard." {
		t.Errorf("with a tool it says %q", b.note.text)
	}
	if native(func(string) string { return "/dev/pts/0" }) != nil {
		t.Error("over SSH it would copy on the wrong machine")
	}
}
