package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
	"willbuy/views/chart"
)

// area is text of several lines under a cursor, shown as SQL. Each is a line
// with the keys that it has anywhere. (The text area of bubbles 2.2 cannot show
// a text in colours, nor mark the line that a fault is in.)
type area struct {
	lines []line
	row   int
	top   int // lines scrolled away
}

func (a *area) set(text string) {
	a.lines, a.row, a.top = nil, 0, 0
	for part := range strings.SplitSeq(text, "\n") {
		var l line
		l.set(part)
		l.at = 0
		a.lines = append(a.lines, l)
	}
}

func (a *area) text() string {
	parts := make([]string, len(a.lines))
	for i := range a.lines {
		parts[i] = a.lines[i].text()
	}
	return strings.Join(parts, "\n")
}

func (a *area) line() *line { return &a.lines[a.row] }

// goTo puts the cursor at the beginning of a line.
func (a *area) goTo(row int) {
	a.row = clamp(row, 0, len(a.lines)-1)
	a.line().at = 0
}

// move goes lines up or down, in the same column as far as there is one.
func (a *area) move(by int) {
	at := a.line().at
	a.row = clamp(a.row+by, 0, len(a.lines)-1)
	a.line().at = min(at, len(a.line().runes))
}

// insert puts text at the cursor; its line breaks make lines.
func (a *area) insert(text string) {
	for i, part := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(text), "\n") {
		if i > 0 {
			a.split()
		}
		a.line().insert(part)
	}
}

// split breaks the line at the cursor. The new one begins as far in.
func (a *area) split() {
	l := a.line()
	var rest line
	rest.set(string(l.runes[l.at:]))
	rest.at = 0
	l.cut(l.at, len(l.runes))
	a.lines = append(a.lines[:a.row+1], append([]line{rest}, a.lines[a.row+1:]...)...)
	a.row++
}

// join puts the line below at the end of this one, the cursor between them.
func (a *area) join() {
	l, below := a.line(), a.lines[a.row+1]
	l.at = len(l.runes)
	at := l.at
	l.insert(below.text())
	l.at = at
	a.lines = append(a.lines[:a.row+1], a.lines[a.row+2:]...)
}

// key edits, and tells whether the text may be another one now.
func (a *area) key(msg tea.KeyPressMsg) (edited bool) {
	l := a.line()
	switch msg.String() {
	case "up":
		a.move(-1)
	case "down":
		a.move(1)
	case "pgup":
		a.move(-10)
	case "pgdown":
		a.move(10)
	case "ctrl+home":
		a.goTo(0)
	case "ctrl+end":
		a.row = len(a.lines) - 1
		a.line().at = len(a.line().runes)
	case "left":
		if l.at == 0 && a.row > 0 {
			a.row--
			a.line().at = len(a.line().runes)
			return false
		}
		l.key(msg)
	case "right":
		if l.at == len(l.runes) && a.row < len(a.lines)-1 {
			a.goTo(a.row + 1)
			return false
		}
		l.key(msg)
	case "home", "end", "ctrl+a", "ctrl+e", "ctrl+b", "ctrl+f":
		l.key(msg)
	case "enter":
		indent := ansi.StringWidth(l.text()) - ansi.StringWidth(strings.TrimLeft(l.text(), " "))
		indent = min(indent, l.at)
		a.split()
		a.line().insert(strings.Repeat(" ", indent))
		return true
	case "tab":
		l.insert("    ")
		return true
	case "backspace", "ctrl+h":
		if l.at == 0 && a.row > 0 {
			a.row--
			a.join()
			return true
		}
		l.key(msg)
		return true
	case "delete", "ctrl+d":
		if l.at == len(l.runes) && a.row < len(a.lines)-1 {
			a.join()
			return true
		}
		l.key(msg)
		return true
	default:
		if msg.Text != "" {
			a.insert(msg.Text)
			return true
		}
		l.key(msg)
		return true
	}
	return false
}

// draw gives height lines of at most width cells, numbered, the one with a
// fault marked (from 1; 0 for none), and where the cursor is in them. A line
// that is too long is scrolled while the cursor is in it.
func (a *area) draw(width, height, fault int, th *chart.Theme) ([]string, *tea.Position) {
	a.top = clamp(a.top, max(0, a.row-height+1), a.row)
	a.top = min(a.top, max(0, len(a.lines)-height))
	colours := views.SQL(a.text(), *th)
	digits := len(fmt.Sprint(len(a.lines)))
	room := max(1, width-digits-2)
	var out []string
	at := &tea.Position{Y: a.row - a.top}
	for i := a.top; i < min(len(a.lines), a.top+height); i++ {
		number := fmt.Sprintf("%*d", digits, i+1)
		gutter := th.Muted.Render(number + "  ")
		switch {
		case i+1 == fault:
			gutter = th.Bad.Render(number + "▸ ")
		case i == a.row:
			gutter = th.Accent.Render(number) + "  "
		}
		text := colours[i]
		if i == a.row {
			var plain string
			plain, at.X = a.lines[i].draw(room)
			at.X += digits + 2
			if chart.Width(text) >= room { // scrolled, so not in colours
				text = plain
			}
		}
		out = append(out, gutter+chart.Cut(text, room))
	}
	return fit(out, height), at
}
