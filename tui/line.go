package tui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views"
	"willbuy/views/chart"
)

// line is one line of text under a cursor, with the usual editing keys.
// (The text input of bubbles 2.2 hides what does not fit without a mark, and
// places the cursor by characters, not by cells.)
type line struct {
	runes []rune
	at    int
}

func (l *line) text() string { return string(l.runes) }

// marked is the text with a mark where the cursor is.
func (l *line) marked() string { return string(l.runes[:l.at]) + "_" + string(l.runes[l.at:]) }

func (l *line) set(text string) {
	l.runes = []rune(text)
	l.at = len(l.runes)
}

// insert puts text at the cursor; line breaks and the like become spaces.
func (l *line) insert(text string) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	more := []rune(text)
	l.runes = append(l.runes[:l.at:l.at], append(more, l.runes[l.at:]...)...)
	l.at += len(more)
}

// cut takes the runes from a to b out.
func (l *line) cut(a, b int) {
	a, b = max(0, a), min(b, len(l.runes))
	l.runes = append(l.runes[:a:a], l.runes[b:]...)
	l.at = a
}

// wordStart is where the word before the cursor begins.
func (l *line) wordStart() int {
	i := l.at
	for i > 0 && l.runes[i-1] == ' ' {
		i--
	}
	for i > 0 && l.runes[i-1] != ' ' && l.runes[i-1] != ',' {
		i--
	}
	return i
}

// key edits.
func (l *line) key(msg tea.KeyPressMsg) {
	switch msg.String() {
	case "left", "ctrl+b":
		l.at = max(0, l.at-1)
	case "right", "ctrl+f":
		l.at = min(len(l.runes), l.at+1)
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = len(l.runes)
	case "backspace", "ctrl+h":
		if l.at > 0 {
			l.cut(l.at-1, l.at)
		}
	case "delete", "ctrl+d":
		l.cut(l.at, l.at+1)
	case "ctrl+u":
		l.cut(0, l.at)
	case "ctrl+k":
		l.cut(l.at, len(l.runes))
	case "ctrl+w", "alt+backspace":
		l.cut(l.wordStart(), l.at)
	default:
		l.insert(msg.Text)
	}
}

// draw gives the part of the line round the cursor that fits into width cells,
// and the cursor's column in it. What is cut ends in an ellipsis.
func (l *line) draw(width int) (text string, cursor int) {
	before, after := views.Visible(string(l.runes[:l.at])), views.Visible(string(l.runes[l.at:]))
	if over := ansi.StringWidth(before) + 1 - width; over > 0 {
		before = "…" + ansi.TruncateLeft(before, ansi.StringWidth(before)-(width-2), "")
	}
	return chart.Cut(before+after, width), ansi.StringWidth(before)
}

// wrapped draws the line in as many lines of at most width cells as it takes,
// but no more than most round the cursor, and says where the cursor is in them.
func (l *line) wrapped(width, most int) (lines []string, at tea.Position) {
	starts := []int{0} // of the lines, among the runes
	for from, to, used := 0, 0, 0; to < len(l.runes); {
		used += cells(l.runes[to : to+1])
		if used < width || to == from { // a cell is left for the cursor
			to++
			continue
		}
		for cut := to; cut > from; cut-- { // at a blank, if there is one
			if l.runes[cut-1] == ' ' {
				to = cut
				break
			}
		}
		from, used = to, 0
		starts = append(starts, from)
	}
	for i, from := range starts {
		to := len(l.runes)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		if l.at >= from {
			at = tea.Position{X: cells(l.runes[from:l.at]), Y: i}
		}
		lines = append(lines, views.Visible(string(l.runes[from:to])))
	}
	first := clamp(at.Y-most+1, 0, max(0, len(lines)-most))
	at.Y -= first
	return lines[first:min(len(lines), first+most)], at
}

// cells is how wide text is on the screen.
func cells(text []rune) int { return ansi.StringWidth(views.Visible(string(text))) }
