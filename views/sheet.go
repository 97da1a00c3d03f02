package views

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// sheet collects the lines of a tab's content.
type sheet struct {
	f      Frame
	st     *pipeline.StepState
	th     chart.Theme
	width  int
	lines  []string
	chosen int    // line of the chosen row, -1 for none
	list   list   // where the rows to choose among stand
	began  int    // line in which the view began that is being drawn, where all are
	heads  [2]int // the lines of the names of a grid's columns, up to the second
	count  string // replaces the count of lines in the tab line: [1-20 of 1,644]
	put    string // what notYet said last

	figures []Figure // the charts that it shows
}

// list is the rows to choose among, from row first on: the lines of the sheet
// that they stand in.
type list struct {
	first int
	lines []int
}

// choosable says that n rows to choose among stand in lines of the sheet, the
// first in a line, each step lines below the one before, and which is chosen.
func (s *sheet) choosable(n, line, step, chosen int) {
	s.list = list{}
	for i := range n {
		s.list.lines = append(s.list.lines, line+i*step)
	}
	if chosen >= 0 && chosen < n {
		s.chosen = s.list.lines[chosen]
	}
}

// choice adds a line with one of n rows to choose, marked if it is the chosen one.
// They come in their order, the first being the one that the list begins with.
func (s *sheet) choice(row, n int, line string) {
	if len(s.list.lines) == 0 {
		s.list.first = row
	}
	for s.list.first+len(s.list.lines) < row { // left out between two lists: as if it stood with the one before
		s.list.lines = append(s.list.lines, s.list.lines[len(s.list.lines)-1])
	}
	mark := "  "
	if row == s.cursor(n) {
		s.chosen, mark = len(s.lines), s.th.Accent.Render("▸ ")
	}
	s.list.lines = append(s.list.lines, len(s.lines))
	s.add(mark + line)
}

// listRoom is how many lines a list may have that ends the picture, so that the
// hint of what to look at stays in sight below it.
func (s *sheet) listRoom() int {
	room := s.left()
	if s.st.Status == pipeline.Done && s.f.Step.Look != "" && s.began == 0 {
		room -= 1 + len(wrapped(s.plainStyle(), "Look: "+s.f.Step.Look, s.width))
	}
	return max(leastRows, room)
}

// leastRows is how many rows a list shows at least, if it has them.
const leastRows = 4

// window is which of n rows to show in so many lines: from the first on, or as
// far down as the one that the cursor is on wants.
func (s *sheet) window(n, lines, cursor int) (first, shown int) {
	shown = min(n, max(leastRows, lines))
	return max(0, min(cursor-shown+1, n-shown)), shown
}

func newSheet(f Frame) *sheet {
	return &sheet{f: f, st: f.State.Step(f.Step.ID), th: f.Theme, width: f.Width, chosen: -1}
}

// cursor is the frame's cursor within n rows; 0 when there are none.
func (s *sheet) cursor(n int) int { return min(max(0, s.f.Cursor), max(0, n-1)) }

func (s *sheet) add(lines ...string) { s.lines = append(s.lines, lines...) }

// viewRoom is how many lines each view has where all are drawn one after another.
const viewRoom = 32

// left is how many lines of the pane are still free.
func (s *sheet) left() int {
	if s.began > 0 {
		return viewRoom - (len(s.lines) - s.began)
	}
	return Room(s.f) - len(s.lines)
}

// gap adds a blank line, unless one is there already.
func (s *sheet) gap() {
	if n := len(s.lines); n > 0 && s.lines[n-1] != "" {
		s.add("")
	}
}

// plainStyle is the terminal's own colours.
func (s *sheet) plainStyle() lipgloss.Style { return lipgloss.NewStyle() }

// say adds running text, wrapped, in a style.
func (s *sheet) say(style lipgloss.Style, text string) { s.add(wrapped(style, text, s.width)...) }

// marked adds text after a glyph, its further lines indented below it.
func (s *sheet) marked(glyph string, mark, style lipgloss.Style, text string) {
	for i, line := range wrapped(style, text, s.width-2) {
		if i == 0 {
			s.add(mark.Render(glyph) + " " + line)
		} else {
			s.add("  " + line)
		}
	}
}

// title is the head of a part of a pane, with something grey at its right.
func title(th chart.Theme, text, right string, width int) string {
	room := width - chart.Width(text) - 2
	if right == "" || chart.Width(right) > room {
		return th.Title.Render(chart.Cut(text, width))
	}
	return th.Title.Render(text) + strings.Repeat(" ", room+2-chart.Width(right)) + th.Muted.Render(right)
}

// wrapped cuts text into lines at words, each styled by itself.
func wrapped(style lipgloss.Style, text string, width int) []string {
	if width < 1 || text == "" {
		return nil
	}
	lines := strings.Split(ansi.Wrap(text, width, " "), "\n")
	for i, line := range lines {
		lines[i] = style.Render(strings.TrimRight(line, " "))
	}
	return lines
}

// twoColumns is the width from which parts of a pane stand beside each other.
const twoColumns = 84

// beside puts blocks of lines next to each other, each padded to its width.
func beside(gap int, widths []int, blocks ...[]string) []string {
	height := 0
	for _, b := range blocks {
		height = max(height, len(b))
	}
	out := make([]string, height)
	for i := range out {
		var line strings.Builder
		for j, b := range blocks {
			text := ""
			if i < len(b) {
				text = b[i]
			}
			if j < len(blocks)-1 {
				text = chart.Pad(text, widths[j]) + strings.Repeat(" ", gap)
			}
			line.WriteString(text)
		}
		out[i] = strings.TrimRight(line.String(), " ")
	}
	return out
}

// fill makes a block of exactly height lines, none wider than width.
func fill(lines []string, width, height int) string {
	out := make([]string, height)
	for i := range min(height, len(lines)) {
		out[i] = lines[i]
		if chart.Width(out[i]) > width {
			out[i] = chart.Cut(out[i], width)
		}
	}
	return strings.Join(out, "\n")
}
